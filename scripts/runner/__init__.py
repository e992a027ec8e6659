# SPDX-License-Identifier: Apache-2.0
"""The parts of scripts/run: starts the programs and a Prometheus on loopback, and watches them."""
