// SPDX-License-Identifier: Apache-2.0
// What two libraries offer the program that is linked with both.
#pragma once

#include <iafmetrics/fwd.hpp>

struct linked {
    iafmetrics::counter* counted;
    iafmetrics::gauge* owned;  // until end()
    void (*end)();
};

__attribute__((visibility("default"))) linked first();
__attribute__((visibility("default"))) linked second();
