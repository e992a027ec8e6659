// SPDX-License-Identifier: Apache-2.0
// testing: what a test of your metrics needs, for any test framework: read a value, compare a page, lint it,
// set the clock.
#pragma once

#include <iafmetrics/testing/difference.hpp>
#include <iafmetrics/testing/fake_clock.hpp>
#include <iafmetrics/testing/lint.hpp>
#include <iafmetrics/testing/page.hpp>
#include <iafmetrics/testing/value.hpp>
