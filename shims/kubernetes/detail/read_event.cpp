// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/detail/read_event.hpp>
#include <kubernetes/object_key.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace iafmetrics::kubernetes::detail {

result<watch_event> read_event(std::string_view line)
{
    auto const bad = [line](std::string_view why) {
        return status{
            .reason = "BadAnswer",
            .message =
                std::string("an event of the watch ").append(why).append(": ").append(line.substr(0, 100))};
    };
    boost::system::error_code ec;
    auto parsed = boost::json::parse(line, ec);
    if (ec) return bad("is no JSON");
    auto* const event = parsed.if_object();
    auto* const object = event ? event->if_contains("object") : nullptr;
    if (!object || !object->is_object()) return bad("has no object");

    auto const type = text_at(*event, {"type"});
    if (type == "ERROR") return read_status(500, boost::json::serialize(*object));
    watch_event out;
    if (type == "ADDED")
        out.type = event_type::added;
    else if (type == "MODIFIED")
        out.type = event_type::modified;
    else if (type == "DELETED")
        out.type = event_type::deleted;
    else if (type == "BOOKMARK")
        out.type = event_type::bookmark;
    else
        return bad("has an unknown type");
    out.object = std::move(object->get_object());
    return out;
}

}  // namespace iafmetrics::kubernetes::detail
