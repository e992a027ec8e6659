"""arrows.py INCLUDE: every include in the library points the way that the design allows.

core -> the standard library; http/ -> core; standard/ -> http/; beast/ -> http/ and Boost; serve.hpp -> beast/;
prometheus_cpp -> prometheus-cpp; nothing -> shims. Heavy headers of the standard library stay out of include/. All of
it lives in the versioned inline namespace.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
heavy = {"iostream", "regex", "iomanip", "ranges", "functional", "sstream", "fstream"}
of_yaml = {"iafmetrics/http/detail/web_config_reader.hpp", "iafmetrics/http/detail/yaml_file.hpp"}
wrong = []
headers = sorted(root.rglob("*.hpp"))
for path in headers:
    name = path.relative_to(root).as_posix()
    may_boost = name.startswith(("iafmetrics/beast/", "iafmetrics/serve.hpp"))
    may_prometheus = name.startswith("iafmetrics/prometheus_cpp")
    may_http = may_boost or name.startswith(("iafmetrics/http/", "iafmetrics/standard/"))
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if re.match(r"namespace iafmetrics(?!::inline v\d+\b)", line):
            wrong.append(f"{name}:{number}: opens iafmetrics outside its versioned inline namespace (docs/stability.md)")
        match = re.match(r"\s*#\s*include\s*([<\"])([^>\"]+)", line)
        if not match:
            continue
        target = match.group(2)
        reason = None
        if match.group(1) == '"':
            reason = "names its file relatively"
        elif target.startswith("boost/") and not may_boost:
            reason = "Boost is for beast/ alone"
        elif target == "zlib.h" and name != "iafmetrics/beast/gzip.hpp":
            reason = "zlib is for beast/gzip.hpp alone"
        elif target.startswith(("openssl/", "boost/asio/ssl")) and name != "iafmetrics/beast/push_tls.hpp":
            reason = "OpenSSL is for beast/push_tls.hpp alone"
        elif target == "crypt.h" and name != "iafmetrics/http/basic_auth.hpp":
            reason = "libcrypt is for http/basic_auth.hpp alone"
        elif target.startswith("yaml-cpp/") and name not in of_yaml:
            reason = "yaml-cpp is for http/web_config.hpp alone"
        elif target.startswith("prometheus/") and not may_prometheus:
            reason = "prometheus-cpp is for its bridge alone"
        elif target.startswith("iafmetrics/beast/") and not may_boost:
            reason = "only beast/ may include beast/"
        elif target.startswith("iafmetrics/http/") and not may_http:
            reason = "the core does not know HTTP"
        elif target.startswith(("http_service/", "kubernetes/")):
            reason = "the library does not know the shims"
        elif target in heavy and name not in of_yaml:  # what yaml-cpp includes anyway
            reason = "a heavy header"
        if reason:
            wrong.append(f"{name}:{number}: includes {target}: {reason}")
print("\n".join(wrong) if wrong else f"{len(headers)} headers, every arrow one way")
sys.exit(bool(wrong) or not headers)
