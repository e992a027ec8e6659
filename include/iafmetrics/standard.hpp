// SPDX-License-Identifier: Apache-2.0
// standard: Oversight's metric set for a service, ready made: HTTP, database, cache, business.
#pragma once

#include <iafmetrics/standard/business.hpp>
#include <iafmetrics/standard/cache.hpp>
#include <iafmetrics/standard/database.hpp>
#include <iafmetrics/standard/http.hpp>
