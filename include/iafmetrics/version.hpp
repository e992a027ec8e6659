// SPDX-License-Identifier: Apache-2.0
// version: the one place that says which release this is. CMake and the packages read it from here.
#pragma once

#define IAFMETRICS_VERSION_MAJOR 0
#define IAFMETRICS_VERSION_MINOR 1
#define IAFMETRICS_VERSION_PATCH 0
