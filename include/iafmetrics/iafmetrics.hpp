// SPDX-License-Identifier: Apache-2.0
// The whole core: instruments, families, registry, text exposition. Nothing but the standard library behind it.
#pragma once

#include <iafmetrics/fwd.hpp>
#include <iafmetrics/version.hpp>
