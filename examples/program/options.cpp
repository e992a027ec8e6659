// SPDX-License-Identifier: Apache-2.0
// Flags and environment variables, read by Boost.ProgramOptions.
#include <boost/program_options.hpp>

#include <program/options.hpp>

#include <algorithm>
#include <charconv>
#include <ostream>
#include <utility>

namespace program {
namespace {

namespace po = boost::program_options;

// Collects what is no flag, so that the error can name it.
constexpr char stray[] = "stray arguments";

std::string quoted(std::string const& text) { return '"' + text + '"'; }

std::string one_line(std::string text)
{
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' '; }, ' ');
    return text;
}

}  // namespace

options::options(std::string program, std::string summary)
    : program_(std::move(program)), summary_(std::move(summary))
{}

options&
options::add(std::string name, std::string environment, std::string initial, std::string help, assign set)
{
    settings_.push_back(
        {std::move(name), std::move(environment), std::move(initial), std::move(help), std::move(set)});
    return *this;
}

options& options::add(std::string name, std::string environment, std::string& value, std::string help)
{
    return add(std::move(name), std::move(environment), value, std::move(help),
               [&value](std::string const& text) { value = text; });
}

std::int64_t options::number(std::string const& text, std::int64_t least, std::int64_t most)
{
    std::int64_t value = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) {
        throw std::invalid_argument("must be a number from " + std::to_string(least) + " to " +
                                    std::to_string(most) + ", not " + quoted(text));
    }
    return value;
}

options::setting const* options::find(std::string const& name) const
{
    auto const found =
        std::find_if(settings_.begin(), settings_.end(), [&](setting const& s) { return s.name == name; });
    return found == settings_.end() ? nullptr : &*found;
}

bool options::parse(int argc, char const* const* argv) const
{
    po::options_description known;
    known.add_options()("help", "");
    for (setting const& s : settings_)
        known.add_options()(s.name.c_str(), po::value<std::string>());
    known.add_options()(stray, po::value<std::vector<std::string>>());

    po::variables_map given;
    try {
        // A flag that is cut short would change its meaning with the next flag that begins alike.
        constexpr int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        po::store(po::command_line_parser(argc, argv)
                      .options(known)
                      .positional(po::positional_options_description().add(stray, -1))
                      .style(style)
                      .run(),
                  given);
    } catch (po::error const& e) {
        throw usage_error(one_line(e.what()));
    }
    if (given.count("help") != 0) return false;
    if (given.count(stray) != 0) {
        throw usage_error("unexpected argument " +
                          quoted(one_line(given[stray].as<std::vector<std::string>>().front())));
    }

    po::variables_map from_environment;
    po::store(po::parse_environment(known,
                                    [&](std::string const& variable) -> std::string {
                                        for (setting const& s : settings_) {
                                            if (s.environment == variable) return s.name;
                                        }
                                        return {};
                                    }),
              from_environment);

    for (setting const& s : settings_) {
        bool const flag = given.count(s.name) != 0;
        if (!flag && from_environment.count(s.name) == 0) continue;
        auto const& text = (flag ? given : from_environment)[s.name].as<std::string>();
        if (!flag && text.empty()) continue;
        try {
            s.set(text);
        } catch (std::invalid_argument const& e) {
            throw usage_error((flag ? "--" + s.name : s.environment) + ": " + one_line(e.what()));
        }
    }
    return true;
}

void options::help(std::ostream& out) const
{
    out << program_ << ": " << summary_ << "\n\nUsage: " << program_ << " [options]\n\n";
    auto const print = [&](std::string const& flag, std::string const& text) {
        out << "  --" << flag << '\n' << "        " << text << '\n';
    };
    for (setting const& s : settings_) {
        std::string const initial = s.initial.empty() ? "" : " (default " + s.initial + ")";
        std::string const variable = s.environment.empty() ? "" : " [" + s.environment + "]";
        print(s.name + " VALUE", s.help + initial + variable);
    }
    print("help", "print this and exit");
    out << "\nA name in [brackets] is the environment variable of the same meaning; the flag wins.\n";
}

}  // namespace program
