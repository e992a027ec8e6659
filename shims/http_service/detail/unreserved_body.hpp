// SPDX-License-Identifier: Apache-2.0
// A string_body that takes no memory before its bytes are there: Beast's reserves what Content-Length promises.
#pragma once

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace iafmetrics::http_service::detail {

// A BodyReader of Beast; nobody writes one.
struct unreserved_body {
    using value_type = std::string;

    class reader {
    public:
        template <bool is_request, class Fields>
        reader(boost::beast::http::header<is_request, Fields>&, std::string& body) : body_{body}
        {}

        void init(boost::optional<std::uint64_t> const&, boost::system::error_code& error) { error = {}; }

        template <class Buffers>
        std::size_t put(Buffers const& bytes, boost::system::error_code& error)
        {
            error = {};
            auto const before = body_.size();
            for (auto const part : boost::beast::buffers_range_ref(bytes))
                body_.append(static_cast<char const*>(part.data()), part.size());
            return body_.size() - before;
        }

        void finish(boost::system::error_code& error) { error = {}; }

    private:
        std::string& body_;
    };
};

}  // namespace iafmetrics::http_service::detail
