// SPDX-License-Identifier: Apache-2.0
// How many descriptors this process may have, for tests of what happens without.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace test {

// The number of the next one to be opened.
inline rlim_t next_descriptor()
{
    int const next = ::dup(0);
    ::close(next);
    return static_cast<rlim_t>(next);
}

// How many the process may have, until this goes: next_descriptor() of them, and there are no more than now.
class descriptors {
public:
    explicit descriptors(rlim_t limit)
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit const now{limit, before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &now);
    }
    descriptors(descriptors const&) = delete;
    descriptors& operator=(descriptors const&) = delete;
    ~descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace test
