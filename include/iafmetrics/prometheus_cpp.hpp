// SPDX-License-Identifier: Apache-2.0
// prometheus_cpp: the bridge to prometheus-cpp, both ways, so that both live in one process.
#pragma once

#include <iafmetrics/prometheus_cpp/collectable.hpp>
#include <iafmetrics/prometheus_cpp/collector.hpp>
