// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/detail/token_file.hpp>

#include <fstream>
#include <stdexcept>
#include <utility>

namespace iafmetrics::kubernetes::detail {

token_file::token_file(std::string file) : file_(std::move(file)), read_at_(clock::now())
{
    if (!file_.empty() && !read()) throw std::runtime_error("cannot read a token from \"" + file_ + "\"");
}

std::string const& token_file::token(clock::time_point now)
{
    if (!file_.empty() && now - read_at_ >= std::chrono::minutes(1)) {
        read_at_ = now;
        static_cast<void>(read());  // see the class: the old token stays
    }
    return token_;
}

bool token_file::read()
{
    std::ifstream in(file_);
    std::string line;
    if (!std::getline(in, line)) return false;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
        line.pop_back();
    if (line.empty()) return false;
    token_ = std::move(line);
    return true;
}

}  // namespace iafmetrics::kubernetes::detail
