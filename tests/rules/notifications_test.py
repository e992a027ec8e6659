# SPDX-License-Identifier: Apache-2.0
"""What Alertmanager sends: by Debian's Alertmanager, to what stands in for Slack, Mattermost, PagerDuty and a mail server.

Of manifests/alertmanager/alertmanager.yml, what is substituted is where the others are: addresses, the folders of secrets
and templates, TLS to the mail server; and that it waits for a second before it sends. Receivers, routes, groups and texts
are the real ones."""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import cases
import servers
import sinks
import yaml

CONFIG = cases.ROOT / "manifests/alertmanager/alertmanager.yml"
TEMPLATES = CONFIG.with_suffix(".tmpl")
RUNBOOKS = cases.SETTINGS["runbooks"]
SECRETS = {"pagerduty-key": "routing-key-of-pagerduty", "smtp-password": "password-of-smtp",
           "webhook-token": "token-of-webhook", "watchdog-token": "token-of-watchdog"}


def alert_of(component, key, **labels):
    """The alert as the cases of a rule say that it fires first, with other labels laid over."""
    about = cases.cases_of(component)[key]
    says = next(cases.listed(seen, "says", "quiet")[0]["says"] for case in about["cases"].values()
                for seen in case["at"].values() if seen != "quiet")
    name = cases.name_of(cases.rules_of(component)[key])
    return {"labels": {"alertname": name, **cases.labels_over(about, labels)}, "annotations": {
        "summary": about["summary"], "description": says, "runbook_url": f"{RUNBOOKS}/{name}.md"}}


def over(alert):
    return {**alert, "endsAt": "2026-01-01T00:00:00Z"}


def configuration(folder, http, smtp):
    """The real configuration, with the others where they are in this test."""
    secrets = {**SECRETS, "slack-url": f"http://{http}/slack", "mattermost-url": f"http://{http}/mattermost"}
    (folder / "secrets").mkdir()
    for name, text in secrets.items():
        (folder / "secrets" / name).write_text(text)
    text = CONFIG.read_text()
    for real, here in (("/etc/alertmanager/secrets/alertmanager/", f"{folder}/secrets/"),
                       ("/etc/alertmanager/config/*.tmpl", str(TEMPLATES)),
                       ("smtp.iaf.example:587", smtp),
                       ("http://alert-receiver.iaf-system.svc:8080", f"http://{http}"),
                       ("https://watchdog.iaf.example", f"http://{http}")):
        if real not in text:
            raise AssertionError(f"the configuration has no {real}")
        text = text.replace(real, here)
    config = yaml.safe_load(text)
    config["global"] |= {"smtp_require_tls": False, "pagerduty_url": f"http://{http}/pagerduty"}

    def hurry(route):
        route.update({name: "1s" for name in ("group_wait", "group_interval") if name in route})
        for inner in route.get("routes", ()):
            hurry(inner)

    hurry(config["route"])
    return yaml.safe_dump(config, sort_keys=False)


class Templates(unittest.TestCase):
    """By amtool."""

    def render(self, name, status, alerts, **group):
        common = set.intersection(*(set(alert["labels"].items()) for alert in alerts))
        data = {"receiver": "r", "status": status, "alerts": alerts, "groupLabels": group, "commonLabels": dict(common),
                "commonAnnotations": {}, "externalURL": "http://alertmanager"}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(data, file)
            file.flush()
            done = subprocess.run(["amtool", "template", "render", f"--template.glob={TEMPLATES}",
                                   f'--template.text={{{{ template "{name}" . }}}}', f"--template.data={file.name}"],
                                  capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    @staticmethod
    def alert(status, pod, **annotations):
        return {"status": status, "labels": {"alertname": "PodNotReady", "severity": "warning", "pod": pod},
                "annotations": annotations}

    def test_the_title_says_what_how_bad_how_many_and_where(self):
        two = [self.alert("firing", "a"), self.alert("firing", "b")]
        self.assertEqual(self.render("iaf.title", "firing", two, alertname="PodNotReady", cluster="eu", namespace="shop"),
                         "[FIRING 2 warning] PodNotReady in shop of eu")
        self.assertEqual(self.render("iaf.title", "firing", [*two, self.alert("resolved", "c")], alertname="PodNotReady", job="api"),
                         "[FIRING 2 warning] PodNotReady api")
        self.assertEqual(self.render("iaf.title", "resolved", [self.alert("resolved", "a")], alertname="PodNotReady"),
                         "[RESOLVED warning] PodNotReady")

    def test_the_title_does_without_a_severity(self):
        bare = {"status": "firing", "labels": {"alertname": "A"}, "annotations": {}}
        self.assertEqual(self.render("iaf.title", "firing", [bare], alertname="A"), "[FIRING 1] A")

    def test_the_text_has_a_line_for_each_alert_with_what_to_do(self):
        alerts = [self.alert("firing", "a", description="Pod a is not ready.", runbook_url="https://runbooks/PodNotReady.md"),
                  self.alert("resolved", "b", description="Pod b is not ready.", runbook_url="https://runbooks/PodNotReady.md")]
        self.assertEqual(self.render("iaf.text", "firing", alerts, alertname="PodNotReady"),
                         "Pod a is not ready. What to do: https://runbooks/PodNotReady.md\n"
                         "Over: Pod b is not ready. What to do: https://runbooks/PodNotReady.md\n")

    def test_the_text_of_an_alert_of_somebody_else_says_what_there_is(self):
        self.assertEqual(self.render("iaf.text", "firing", [self.alert("firing", "a", summary="Not ready.")]), "Not ready.\n")
        self.assertEqual(self.render("iaf.text", "firing", [self.alert("firing", "a")]), "PodNotReady\n")

    def test_the_colour_is_that_of_the_severity(self):
        def colour(status, severity):
            return self.render("iaf.color", status, [{"status": status, "labels": {"severity": severity}, "annotations": {}}])

        self.assertEqual([colour("firing", "critical"), colour("firing", "warning"), colour("firing", "info")],
                         ["danger", "warning", "warning"])
        self.assertEqual([colour("resolved", "critical"), colour("resolved", "warning")], ["good", "good"])


class Sent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.http, cls.smtp = sinks.Http(cls), sinks.Smtp(cls)
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.server = servers.alertmanager(cls, configuration(folder, cls.http.address, cls.smtp.address))

    def post(self, *alerts):
        self.server.ask("/api/v2/alerts", list(alerts))

    def wait_for(self, path, says, count=1):
        """The messages at a path that say a text, when there are as many."""
        def found():
            messages = [request for request in self.http.at(path) if says in json.dumps(request.body)]
            return len(messages) >= count and messages

        return servers.wait_until(found, 30, f"{count} messages with {says!r} at {path}; there are {self.http.requests}")

    def attachment(self, path, says):
        (message,) = self.wait_for(path, says)
        (attachment,) = message.body["attachments"]
        return message.body, {name: attachment.get(name) for name in ("title", "text", "color")}

    def test_a_warning_comes_to_slack_and_its_end_too(self):
        alert = alert_of("plue", "HighErrorRate", namespace="slack-warning")
        says, runbook = alert["annotations"]["description"], f"{RUNBOOKS}/HighErrorRate.md"
        self.post(alert)
        body, attachment = self.attachment("/slack", "[FIRING 1 warning] HighErrorRate api in slack-warning of eu")
        self.assertEqual(body["channel"], "#alerts")
        self.assertEqual(attachment, {"title": "[FIRING 1 warning] HighErrorRate api in slack-warning of eu",
                                      "text": f"{says} What to do: {runbook}\n", "color": "warning"})
        self.post(over(alert))
        _, attachment = self.attachment("/slack", "[RESOLVED warning] HighErrorRate api in slack-warning of eu")
        self.assertEqual(attachment, {"title": "[RESOLVED warning] HighErrorRate api in slack-warning of eu",
                                      "text": f"Over: {says} What to do: {runbook}\n", "color": "good"})

    def test_what_is_critical_wakes_somebody_and_comes_to_slack(self):
        alert = alert_of("plue", "CriticalErrorRate", namespace="pager")
        says, runbook = alert["annotations"]["description"], f"{RUNBOOKS}/CriticalErrorRate.md"
        self.post(alert)
        _, attachment = self.attachment("/slack", "[FIRING 1 critical] CriticalErrorRate api in pager of eu")
        self.assertEqual(attachment["color"], "danger")
        self.assertEqual(attachment["text"], f"{says} What to do: {runbook}\n")
        (event,) = self.wait_for("/pagerduty", "[FIRING 1 critical] CriticalErrorRate api in pager of eu")
        self.assertEqual(event.body["routing_key"], SECRETS["pagerduty-key"])
        self.assertEqual(event.body["event_action"], "trigger")
        self.assertEqual(event.body["payload"]["summary"], "[FIRING 1 critical] CriticalErrorRate api in pager of eu")
        self.assertEqual(event.body["payload"]["severity"], "critical")
        self.assertEqual(event.body["payload"]["custom_details"]["text"].strip(), f"{says} What to do: {runbook}")
        self.post(over(alert))
        key = event.body["dedup_key"]
        ended = servers.wait_until(lambda: [one.body for one in self.http.at("/pagerduty") if one.body["dedup_key"] == key
                                            and one.body["event_action"] == "resolve"], 30, "the event is resolved")
        self.assertEqual(len(ended), 1)
        _, attachment = self.attachment("/slack", "[RESOLVED critical] CriticalErrorRate api in pager of eu")
        self.assertEqual(attachment["color"], "good")

    def mail(self, subject):
        found = servers.wait_until(lambda: [mail for mail in self.smtp.mails if mail.message["Subject"] == subject], 30,
                                   f"a mail {subject!r}; there are {[mail.message['Subject'] for mail in self.smtp.mails]}")
        (mail,) = found
        return mail

    def test_the_platform_team_hears_by_mattermost_and_mail(self):
        alert = alert_of("fawkes", "HighMemoryUsage", namespace="team")
        says, runbook = alert["annotations"]["description"], f"{RUNBOOKS}/HighMemoryUsage.md"
        title = "HighMemoryUsage in team of eu"
        self.post(alert)
        body, attachment = self.attachment("/mattermost", f"[FIRING 1 warning] {title}")
        self.assertEqual(body["channel"], "platform-alerts")
        self.assertEqual(attachment, {"title": f"[FIRING 1 warning] {title}", "text": f"{says} What to do: {runbook}\n",
                                      "color": "warning"})
        mail = self.mail(f"[FIRING 1 warning] {title}")
        self.assertEqual(mail.login, ("alertmanager", SECRETS["smtp-password"]))
        self.assertEqual((mail.sender, mail.recipients), ("alertmanager@iaf.example", ["platform@iaf.example"]))
        self.assertEqual(mail.message["To"], "platform@iaf.example")
        self.assertEqual(self.text_of(mail), f"{says} What to do: {runbook}\n")
        self.post(over(alert))
        _, attachment = self.attachment("/mattermost", f"[RESOLVED warning] {title}")
        self.assertEqual(attachment["text"], f"Over: {says} What to do: {runbook}\n")
        self.assertEqual(self.text_of(self.mail(f"[RESOLVED warning] {title}")), f"Over: {says} What to do: {runbook}\n")
        self.assertFalse([request for request in self.http.requests if request.path in ("/slack", "/pagerduty")
                          and title in json.dumps(request.body)])

    @staticmethod
    def text_of(mail):
        return re.sub(r"[\r\n]+$", "\n", mail.message.get_body(("plain",)).get_content())

    def test_a_platform_service_that_is_down_wakes_somebody_and_is_told_to_the_team(self):
        alert = alert_of("fawkes", "PlatformServiceDown", namespace="wake")
        title = "[FIRING 1 critical] PlatformServiceDown argocd-server-metrics in wake of eu"
        self.post(alert)
        self.assertEqual(self.attachment("/mattermost", title)[1]["color"], "danger")
        self.assertIn(f"{RUNBOOKS}/PlatformServiceDown.md", self.text_of(self.mail(title)))
        (event,) = self.wait_for("/pagerduty", title)
        self.assertEqual(event.body["payload"]["severity"], "critical")

    def test_what_no_route_takes_comes_to_the_webhook_with_its_token_and_its_end_too(self):
        alert = {"labels": {"alertname": "SomebodyElses", "namespace": "webhook", "severity": "info"},
                 "annotations": {"description": "It is so.", "runbook_url": "https://runbooks/SomebodyElses.md"}}
        self.post(alert)
        first = self.wait_for("/alerts", "SomebodyElses")[0]
        self.assertEqual(first.authorization, f"Bearer {SECRETS['webhook-token']}")
        self.assertEqual((first.body["version"], first.body["receiver"], first.body["status"]), ("4", "webhook", "firing"))
        self.assertEqual([(one["labels"], one["annotations"]) for one in first.body["alerts"]],
                         [(alert["labels"], alert["annotations"])])
        self.post(over(alert))
        self.assertEqual(self.wait_for("/alerts", "SomebodyElses", 2)[1].body["status"], "resolved")

    def test_the_watchdog_is_heard_with_its_token(self):
        alert = alert_of("general", "Watchdog")
        self.post(alert)
        first = self.wait_for("/ping", "Watchdog")[0]
        self.assertEqual(first.authorization, f"Bearer {SECRETS['watchdog-token']}")
        self.assertEqual(first.body["alerts"][0]["annotations"], alert["annotations"])

    def test_two_pods_are_one_message_and_another_namespace_is_another(self):
        first = alert_of("plue", "PodNotReady", namespace="one", pod="api-0")
        self.post(first, alert_of("plue", "PodNotReady", namespace="one", pod="api-1"),
                  alert_of("plue", "PodNotReady", namespace="two", pod="api-0"))
        _, both = self.attachment("/slack", "[FIRING 2 warning] PodNotReady in one of eu")
        self.assertEqual(both["text"].count(f"{first['annotations']['description']} What to do: "), 2)
        _, other = self.attachment("/slack", "[FIRING 1 warning] PodNotReady in two of eu")
        self.assertEqual(other["text"].count("What to do: "), 1)
        messages = [one for one in self.http.at("/slack") if "PodNotReady" in json.dumps(one.body)]
        self.assertEqual(len(messages), 2)


class Groups(unittest.TestCase):
    """What is one message: by what a running Alertmanager says of its groups."""

    SAME = {"alertname": "HighErrorRate", "severity": "warning", "cluster": "eu", "namespace": "shop", "job": "api",
            "instance": "10.0.0.1:80", "pod": "api-0", "container": "api"}
    # For each receiver, what leads there.
    RECEIVERS = {"warning": {}, "critical": {"severity": "critical"}, "platform": {"team": "platform"},
                 "platform-critical": {"team": "platform", "severity": "critical"}, "webhook": {"severity": "info"}}

    @classmethod
    def setUpClass(cls):
        config = yaml.safe_load(CONFIG.read_text())
        del config["global"], config["templates"]
        config["receivers"] = [{"name": receiver["name"]} for receiver in config["receivers"]]
        cls.server = servers.alertmanager(cls, yaml.safe_dump(config))

    def groups(self, receiver, run):
        """The groups of a receiver's alerts, each as a set of what makes its alerts different."""
        found = json.loads(self.server.ask("/api/v2/alerts/groups"))
        return sorted(sorted(alert["labels"]["differs"] for alert in group["alerts"] if alert["labels"]["run"] == run)
                      for group in found if group["receiver"]["name"] == receiver)

    def test_alerts_that_differ_in_these_labels_are_one_message(self):
        for number, (receiver, leads) in enumerate(self.RECEIVERS.items()):
            with self.subTest(receiver):
                alerts = [{**self.SAME, **leads, "differs": "-"}]
                alerts += [{**self.SAME, **leads, label: "another", "differs": label} for label in ("instance", "pod", "container")]
                self.check(receiver, f"together-{number}", alerts, [["-", "container", "instance", "pod"]])

    def test_alerts_that_differ_in_those_are_several(self):
        for number, (receiver, leads) in enumerate(self.RECEIVERS.items()):
            with self.subTest(receiver):
                alerts = [{**self.SAME, **leads, "differs": "-"}]
                alerts += [{**self.SAME, **leads, label: f"another-{number}", "differs": label}
                           for label in ("alertname", "cluster", "namespace", "job")]
                self.check(receiver, f"apart-{number}", alerts, [["-"], ["alertname"], ["cluster"], ["job"], ["namespace"]])

    def check(self, receiver, run, alerts, expected):
        self.server.ask("/api/v2/alerts", [{"labels": {**labels, "run": run}} for labels in alerts])

        def groups():
            return [group for group in self.groups(receiver, run) if group]

        servers.wait_until(lambda: sum(map(len, groups())) == len(alerts), 20, f"{len(alerts)} alerts at {receiver}")
        self.assertEqual(groups(), expected)


if __name__ == "__main__":
    unittest.main(verbosity=2)
