// SPDX-License-Identifier: Apache-2.0
// Forward declarations. Include this from your headers; include the real thing from your sources. Declare none of
// them yourself: they live in a versioned inline namespace, and a class declared outside of it is another one.
#pragma once

namespace iafmetrics::inline v0 {

class counter;
class gauge;
class histogram;
class info;
class native_histogram;
class registry;
class summary;
class unknown;
class up_down_counter;

namespace beast {
class request_metrics;
}

}  // namespace iafmetrics::inline v0
