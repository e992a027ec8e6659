// SPDX-License-Identifier: Apache-2.0
#include <platform/problem.hpp>

#include <stdexcept>

namespace platform {

void throw_exception_from_error(problem const& p, boost::source_location const&)
{
    throw std::runtime_error{p.field.empty() ? p.reason : p.field + ": " + p.reason};
}

problem from_kubernetes(iafmetrics::kubernetes::status const& status, std::string_view what)
{
    std::string const subject{what};
    if (status.unreachable()) return {503, "the Kubernetes API does not answer"};
    if (status.kind_missing())
        return {503, "the Kubernetes API does not know this kind; is its CRD installed?"};
    if (status.not_found()) return {404, "there is no " + subject};
    if (status.already_exists()) return {409, subject + " exists already"};
    if (status.conflict()) return {409, subject + " was changed by somebody else meanwhile"};
    if (status.invalid()) {
        if (status.causes.empty()) return {422, status.message};
        return {422, status.causes.front().message, status.causes.front().field};
    }
    if (status.code == 403 && status.message.find("being terminated") != std::string::npos)
        return {409, subject + " is being deleted"};
    if (status.code == 401 || status.code == 403)
        return {503, "the Kubernetes API does not permit this to the platform"};
    return {503, "the Kubernetes API answered " + std::to_string(status.code)};
}

}  // namespace platform
