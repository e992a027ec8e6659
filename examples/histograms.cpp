// SPDX-License-Identifier: Apache-2.0
// histograms: how long, how much; and where the bounds should lie.
#include <iafmetrics/iafmetrics.hpp>

#include <cstdio>

// An alert fires at 300 ms: the bound is there, so that "how many were slower" is counted and not guessed.
inline constexpr iafmetrics::histogram_spec<"method"> request_duration{
    "shop_request_duration_seconds", "Request duration.", iafmetrics::buckets{.1, .3, 1}};

// Sizes spread over orders of magnitude: 1 KiB, 16 KiB, 256 KiB, 4 MiB.
inline constexpr iafmetrics::histogram_spec upload_size{"shop_upload_size_bytes", "Size of uploads.",
                                                        iafmetrics::exponential_buckets<4>(1024, 16)};

// Evenly spread: 0.25, 0.5, 0.75, 1. Without bounds a histogram has those of the other clients: .005 to 10.
inline constexpr iafmetrics::histogram_spec cache_fill{"shop_cache_fill_ratio", "How full the cache was.",
                                                       iafmetrics::linear_buckets<4>(.25, .25)};

int main()
{
    iafmetrics::registry registry;

    auto& requests = registry.add(request_duration);
    for (double const seconds : {.05, .3, .301, 4.})
        requests.with("GET").observe(
            seconds);  // .3 belongs to the bucket of .3: a bound is part of its bucket

    registry.add(upload_size).observe(20'000);
    registry.add(cache_fill).observe(.75);

    std::printf("%s", iafmetrics::exposition::text(registry).c_str());
}

// Output:
// # HELP shop_request_duration_seconds Request duration.
// # TYPE shop_request_duration_seconds histogram
// shop_request_duration_seconds_bucket{method="GET",le="0.1"} 1
// shop_request_duration_seconds_bucket{method="GET",le="0.3"} 2
// shop_request_duration_seconds_bucket{method="GET",le="1"} 3
// shop_request_duration_seconds_bucket{method="GET",le="+Inf"} 4
// shop_request_duration_seconds_sum{method="GET"} 4.651
// shop_request_duration_seconds_count{method="GET"} 4
// # HELP shop_upload_size_bytes Size of uploads.
// # TYPE shop_upload_size_bytes histogram
// shop_upload_size_bytes_bucket{le="1024"} 0
// shop_upload_size_bytes_bucket{le="16384"} 0
// shop_upload_size_bytes_bucket{le="262144"} 1
// shop_upload_size_bytes_bucket{le="4.194304e+06"} 1
// shop_upload_size_bytes_bucket{le="+Inf"} 1
// shop_upload_size_bytes_sum 20000
// shop_upload_size_bytes_count 1
// # HELP shop_cache_fill_ratio How full the cache was.
// # TYPE shop_cache_fill_ratio histogram
// shop_cache_fill_ratio_bucket{le="0.25"} 0
// shop_cache_fill_ratio_bucket{le="0.5"} 0
// shop_cache_fill_ratio_bucket{le="0.75"} 1
// shop_cache_fill_ratio_bucket{le="1"} 1
// shop_cache_fill_ratio_bucket{le="+Inf"} 1
// shop_cache_fill_ratio_sum 0.75
// shop_cache_fill_ratio_count 1
