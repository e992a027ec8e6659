#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus scrapes the programs over TLS with a password, by its own scrape configuration; who shows what is wrong
is refused, and counted by reason.

    APISERVER=… MCPSERVER=… secured_scrape_test.py
"""
import base64
import crypt  # as the programs do it, in Python up to 3.12
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "rules"))
from servers import started, wait_until  # noqa: E402

NOBODY = "http://127.0.0.1:1"  # a Kubernetes API that is not there: the metrics are all the same


class Certificates:
    def __init__(self, folder):
        self.folder = folder
        for name in ("ca", "other"):
            self._openssl("req", "-x509", *self.KEY, "-subj", f"/CN={name}", "-days", "1", "-out", f"{name}.crt", "-keyout",
                          f"{name}.key")
        (folder / "server.ext").write_text("subjectAltName=IP:127.0.0.1\n")

    KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")

    def issue(self, name, authority="ca", days=1):
        """NAME.crt and NAME.key, for a server on 127.0.0.1 or a client; of -1 days it has ended."""
        self._openssl("req", *self.KEY, "-subj", f"/CN={name}", "-out", f"{name}.csr", "-keyout", f"{name}.key")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
                      "-CAcreateserial", "-days", str(days), "-extfile", "server.ext", "-out", f"{name}.crt")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=20)


def users(password):
    return f"basic_auth_users:\n  prometheus: {crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))}\n"


def tls(name, more=""):
    return f"tls_server_config:\n  cert_file: {name}.crt\n  key_file: {name}.key\n{more}"


MUTUAL = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n"


class Program:
    """One of the services on free ports, with its log, until the test class ends."""

    def __init__(self, test, name, *options):
        store = ("--source-store", test.enterClassContext(tempfile.TemporaryDirectory())) if name == "APISERVER" else ()
        self.process = subprocess.Popen(
            [os.environ[name], "--port", "0", "--metrics-port", "0", "--kubernetes", NOBODY, *store, *options],
            stderr=subprocess.PIPE, text=True)
        test.addClassCleanup(self.process.stderr.close)
        test.addClassCleanup(self.process.wait, 20)
        test.addClassCleanup(self.process.terminate)
        self.lines = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(json.loads(line))

    def port(self, message="serving metrics"):
        return wait_until(lambda: next((line["port"] for line in self.lines if line["message"] == message), None), 20,
                          f"{message} in {self.lines}")


def ask(port, path, password=None, client=None, folder=None):
    """Status, fields and text of an answer over TLS, whoever signed for the server."""
    context = ssl._create_unverified_context()
    if client:
        context.load_cert_chain(folder / f"{client}.crt", folder / f"{client}.key")
    request = urllib.request.Request(f"https://127.0.0.1:{port}{path}")
    if password:
        credentials = base64.b64encode(f"prometheus:{password}".encode()).decode()
        request.add_header("Authorization", f"Basic {credentials}")
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.headers, refused.read().decode()


def refused(page, reason):
    return int(re.search(rf'^iafmetrics_http_refused_total{{reason="{reason}"}} (\d+)$', page, re.M).group(1))


class Secured(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        made = Certificates(cls.folder)
        for name in ("server", "client"):
            made.issue(name)
            made.issue(f"{name}-expired", days=-1)
        made.issue("client-other", authority="other")
        (cls.folder / "password").write_text("s3cret")
        cls.write("basic", tls("server") + users("s3cret"))
        cls.write("mutual", tls("server", MUTUAL))
        cls.write("expired", tls("server-expired"))
        cls.write("changing", tls("server") + users("s3cret"))
        cls.programs = {name: Program(cls, "APISERVER", "--web-config-file", str(cls.folder / f"{name}.yml"))
                        for name in ("basic", "mutual", "expired", "changing")}
        cls.ports = {name: program.port() for name, program in cls.programs.items()}

        def job(name, at, scheme="https", authority="ca", client=None, **more):
            config = {"job_name": name, "scheme": scheme, "static_configs": [{"targets": [f"127.0.0.1:{cls.ports[at]}"]}], **more}
            if scheme == "https":
                config["tls_config"] = {"ca_file": f"{cls.folder}/{authority}.crt"}
            if client:
                config["tls_config"].update(cert_file=f"{cls.folder}/{client}.crt", key_file=f"{cls.folder}/{client}.key")
            return config

        right = {"basic_auth": {"username": "prometheus", "password": "s3cret"}}
        by_file = {"basic_auth": {"username": "prometheus", "password_file": f"{cls.folder}/password"}}
        jobs = [
            job("right", "basic", **right),
            job("wrong-password", "basic", basic_auth={"username": "prometheus", "password": "secret"}),
            job("no-password", "basic"),
            job("wrong-authority", "basic", authority="other", **right),
            job("plain", "basic", scheme="http", **right),
            job("mutual", "mutual", client="client"),
            job("no-certificate", "mutual"),
            job("expired-certificate", "mutual", client="client-expired"),
            job("other-certificate", "mutual", client="client-other"),
            job("expired-server", "expired"),
            job("changing", "changing", **by_file),
        ]
        configuration = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": jobs}
        cls.prometheus = started(cls, "prometheus", json.dumps(configuration), "storage.tsdb.path")

    @classmethod
    def write(cls, name, text):
        """The whole file is there or the one before it."""
        (cls.folder / f"{name}.new").write_text(text)
        (cls.folder / f"{name}.new").rename(cls.folder / f"{name}.yml")

    def target(self, job):
        told = json.loads(self.prometheus.ask("/api/v1/targets?state=active"))["data"]["activeTargets"]
        return next((one for one in told if one["labels"]["job"] == job), None)

    def becomes(self, job, health):
        return wait_until(lambda: (found := self.target(job)) and found["health"] == health and found, 30, f"{job} {health}")

    def page(self, name, **how):
        return ask(self.ports[name], "/metrics", folder=self.folder, **how)[2]

    def test_who_shows_what_is_right_gets_the_page(self):
        for job in ("right", "mutual"):
            self.becomes(job, "up")
            answer = wait_until(lambda: json.loads(self.prometheus.ask(
                f"/api/v1/query?query=iaf_sessions_total%7Bjob=%22{job}%22%7D"))["data"]["result"], 20, "a metric")
            self.assertEqual(answer[0]["value"][1], "0")
        page = self.page("basic", password="s3cret")
        self.assertRegex(page, r'(?m)^promhttp_metric_handler_requests_total{code="200"} [1-9]')
        self.assertRegex(page, r'(?m)^iafmetrics_http_certificate_not_after_timestamp_seconds{listener="metrics"} 1\.\d+e\+09$')
        self.assertIn('iafmetrics_http_web_config_reload_failed{listener="metrics"} 0\n', page)
        for name in ("name[]", "name%5B%5D"):
            named = ask(self.ports["basic"], f"/metrics?{name}=iaf_sessions_total", "s3cret")[2]
            self.assertEqual([line for line in named.splitlines() if not line.startswith("#")], ["iaf_sessions_total 0"])

    def test_health_is_for_everybody_and_the_landing_page_for_who_may_scrape(self):
        for path, text in (("/-/healthy", "healthy\n"), ("/-/ready", "not ready\n"), ("/healthz", "ok\n"), ("/readyz", "not ready\n")):
            status, _, body = ask(self.ports["basic"], path)
            self.assertEqual((status, body), (503 if text.startswith("not") else 200, text))
        self.assertEqual(ask(self.ports["basic"], "/")[0], 401)
        status, fields, text = ask(self.ports["basic"], "/", "s3cret")
        self.assertEqual((status, fields["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("<h1>apiserver</h1>", text)
        self.assertIn('href="/metrics"', text)

    def test_a_wrong_password_or_none(self):
        for job in ("wrong-password", "no-password"):
            self.assertIn("401 Unauthorized", self.becomes(job, "down")["lastError"])
        self.assertGreaterEqual(refused(self.page("basic", password="s3cret"), "unauthorized"), 2)

    def test_an_authority_that_is_not_the_servers_and_plain_http(self):
        self.assertIn("unknown authority", self.becomes("wrong-authority", "down")["lastError"])
        self.assertIn("400 Bad Request", self.becomes("plain", "down")["lastError"])
        self.assertGreaterEqual(refused(self.page("basic", password="s3cret"), "tls_handshake"), 2)

    def test_a_server_whose_certificate_has_ended(self):
        self.assertIn("expired", self.becomes("expired-server", "down")["lastError"])
        self.assertGreaterEqual(refused(self.page("expired"), "tls_handshake"), 1)

    def test_clients_without_a_certificate_that_is_let_in(self):
        for job in ("no-certificate", "expired-certificate", "other-certificate"):
            self.becomes(job, "down")
        wait_until(lambda: refused(self.page("mutual", client="client"), "client_certificate") >= 3, 20, "three refused")

    def test_a_new_password_holds_without_a_restart(self):
        self.becomes("changing", "up")
        self.write("changing", tls("server") + users("0ther"))
        self.assertIn("401", self.becomes("changing", "down")["lastError"])
        (self.folder / "password").write_text("0ther")
        self.becomes("changing", "up")
        self.assertIsNone(self.programs["changing"].process.poll())
        self.write("changing", "basic_auth_users: [\n")
        failed = 'iafmetrics_http_web_config_reload_failed{listener="metrics"} 1\n'
        wait_until(lambda: failed in self.page("changing", password="0ther"), 20, "the file that cannot be used is shown")
        self.becomes("changing", "up")


class Api(unittest.TestCase):
    """The port that is not Prometheus'."""

    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        Certificates(cls.folder).issue("server")
        (cls.folder / "web.yml").write_text(tls("server") + users("s3cret") +
                                            "http_server_config:\n  headers:\n    X-Frame-Options: deny\n")

    def test_asks_who_calls_but_for_health(self):
        for name in ("APISERVER", "MCPSERVER"):
            port = Program(self, name, "--api-web-config-file", f"{self.folder}/web.yml").port("listening")
            status, fields, text = ask(port, "/")
            self.assertEqual((status, fields["WWW-Authenticate"]), (401, 'Basic realm="api", charset="UTF-8"'))
            self.assertEqual((fields["Content-Type"], fields["X-Frame-Options"]), ("application/json", "deny"))
            self.assertIn("error", json.loads(text))
            self.assertEqual(ask(port, "/", "s3cret")[0], 404)
            self.assertEqual(ask(port, "/healthz")[0], 200)

    def test_a_request_cannot_show_a_password_and_a_token(self):
        (self.folder / "token").write_text("s3cret\n")
        web, token = self.folder / "web.yml", self.folder / "token"
        program = Program(self, "APISERVER", "--api-web-config-file", str(web), "--token-file", str(token))
        self.assertEqual(program.process.wait(20), 1)
        wait_until(lambda: program.lines, 10, "a line")
        self.assertEqual(program.lines[-1]["message"],
                         f"{web} asks for passwords and {token} for a token: a request can show one of both")


if __name__ == "__main__":
    unittest.main(verbosity=1)
