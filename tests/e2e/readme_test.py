# SPDX-License-Identifier: Apache-2.0
"""The README's curl commands do what they say, against a run on other ports."""

import json
import re
import subprocess
import unittest

from running import SOURCE, Running, ports


class Commands(unittest.TestCase):
    def test_a_session_and_an_application_are_made_and_counted(self):
        readme = (SOURCE / "README.md").read_text(encoding="utf-8")
        script = re.search(r"```sh\n(.*?)```", readme, re.S).group(1)
        with Running("--no-burst") as run:
            run.wait_until_shown()
            for default, name in (("8080", "apiserver"), ("9091", "apiserver metrics")):
                script = script.replace(f"127.0.0.1:{default}", f"{ports.ADDRESS}:{run.ports[name]}")
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", script.replace("\ncurl", "; echo\ncurl")],
                                  capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        _, created, shown, *counts = done.stdout.splitlines()
        for answer in (created, shown):
            self.assertEqual(json.loads(answer)["name"], "shop")
            self.assertEqual(json.loads(answer)["port"], 8080)
        for method, path, status in (("POST", "/api/v1/sessions", 201),
                                     ("POST", "/api/v1/sessions/{session}/applications", 201),
                                     ("GET", "/api/v1/sessions/{session}/applications/{name}", 200)):
            self.assertIn(f'iaf_api_request_duration_seconds_count{{method="{method}",path="{path}",status="{status}"}} 1',
                          counts)


if __name__ == "__main__":
    unittest.main(verbosity=2)
