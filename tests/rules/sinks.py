# SPDX-License-Identifier: Apache-2.0
"""What listens in the place of Slack, Mattermost, PagerDuty, webhooks and a mail server, and keeps what it is told."""

import base64
import email
import email.policy
import json
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Request(NamedTuple):
    path: str
    authorization: str
    body: dict


class Http:
    """Answers every POST as the service of its path would."""

    ANSWERS = {"/slack": (200, b"ok"), "/mattermost": (200, b"ok"),
               "/pagerduty": (202, b'{"status": "success", "message": "Event processed", "dedup_key": "k"}')}

    def __init__(self, test):
        self.requests = []
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.requests.append(Request(self.path, self.headers["Authorization"], json.loads(body)))
                status, answer = sink.ANSWERS.get(self.path, (200, b""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.address = serve(test, ThreadingHTTPServer(("127.0.0.1", 0), Handler))

    def at(self, path):
        return [request for request in self.requests if request.path == path]


class Mail(NamedTuple):
    login: tuple  # (user, password)
    sender: str
    recipients: list
    message: email.message.EmailMessage


class Smtp:
    """A mail server that asks for a login and takes every mail."""

    def __init__(self, test):
        self.mails = []
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.say("220 sink")
                login, sender, recipients = None, None, []
                for line in self.rfile:
                    command, _, rest = line.decode().strip().partition(" ")
                    command = command.upper()
                    if command == "EHLO":
                        self.say("250-sink")
                        self.say("250 AUTH PLAIN")
                    elif command == "AUTH":
                        _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
                        login = (user, password)
                        self.say("235 welcome")
                    elif command == "MAIL":
                        sender, recipients = rest.partition("<")[2].partition(">")[0], []
                        self.say("250 ok")
                    elif command == "RCPT":
                        recipients.append(rest.partition("<")[2].partition(">")[0])
                        self.say("250 ok")
                    elif command == "DATA":
                        self.say("354 go on")
                        lines = iter(self.rfile.readline, b".\r\n")
                        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
                        sink.mails.append(Mail(login, sender, recipients, message))
                        self.say("250 ok")
                    elif command == "QUIT":
                        self.say("221 bye")
                        return
                    else:
                        self.say("250 ok")

            def say(self, text):
                self.wfile.write(f"{text}\r\n".encode())

        self.address = serve(test, socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler))


def serve(test, server):
    """Until the test class ends. The address."""
    server.daemon_threads = True
    test.addClassCleanup(server.server_close)
    test.addClassCleanup(server.shutdown)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "127.0.0.1:{1}".format(*server.server_address)
