# SPDX-License-Identifier: Apache-2.0
"""Alertmanager: its configuration on one machine, and who listens in the place of Slack, PagerDuty and the others."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml


def configuration(file, webhook, waits):
    """The configuration in file, with the same routes, groups and inhibitions, and each receiver a webhook.

    webhook is the address that they all go to, as http://<webhook>/<receiver>; waits says the group_wait and the
    group_interval that stand in place of the real ones, which would have one wait.
    """
    config = yaml.safe_load(file.read_text())
    del config["global"], config["templates"]  # addresses, secrets and texts of the real receivers

    def hurry(route):
        route.update({name: wait for name, wait in waits.items() if name in route})
        for inner in route.get("routes", ()):
            hurry(inner)

    hurry(config["route"])
    for receiver in config["receivers"]:
        told = any(name.endswith("_configs") for name in receiver)
        resolved = all(one.get("send_resolved") for name, kind in receiver.items() if name.endswith("_configs")
                       for one in kind)
        for name in [name for name in receiver if name != "name"]:
            del receiver[name]
        if told:
            receiver["webhook_configs"] = [
                {"url": f"http://{webhook}/{receiver['name']}", "send_resolved": resolved}]
    return yaml.safe_dump(config, sort_keys=False)


class Receiver:
    """Listens for what Alertmanager sends, and keeps it."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.deliveries = []  # (receiver, message), in the order of their coming
        self.shown = {}  # (receiver, fingerprint) -> (status, when it began) that changes() told last
        self.read = 0
        keep = self.deliveries.append

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                keep((self.path.strip("/"), json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer((host, int(port)), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def changes(self):
        """(receiver, alert) of each alert that is new, or over, since the last call. A reminder is no change."""
        changed = []
        while self.read < len(self.deliveries):
            receiver, message = self.deliveries[self.read]
            self.read += 1
            for alert in message["alerts"]:
                key, state = (receiver, alert["fingerprint"]), (alert["status"], alert["startsAt"])
                if self.shown.get(key) != state:
                    self.shown[key] = state
                    changed.append((receiver, alert))
        return changed

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
