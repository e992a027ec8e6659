// SPDX-License-Identifier: Apache-2.0
// Forward declarations. Include this from your headers; include the real thing from your sources.
#pragma once

namespace iafmetrics {

class counter;
class gauge;
class histogram;
class info;
class registry;
class up_down_counter;

}  // namespace iafmetrics
