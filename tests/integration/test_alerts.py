#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the program sees by itself in recorded minutes: shifts that were planted, and none
where there are none; the same in `top`, metrics and the live stream."""
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, "dunlin")
BEGIN = 1341403200  # 2012-07-04T12:00:00Z
MINUTES, PER_MINUTE, AT = 150, 60, 90
WORDS = {"positive": "what a great and wonderful day", "negative": "this is terrible and awful",
         "neutral": "the train leaves at noon"}


def tweet(number, second, words, lang, answers=None):
    when = time.strftime("%a %b %d %H:%M:%S +0000 %Y", time.gmtime(second))
    user = {"id": 1000 + number % 200, "id_str": str(1000 + number % 200), "screen_name": "u", "name": "u",
            "followers_count": 10, "statuses_count": 10, "location": ""}
    line = {"created_at": when, "id": 10**9 + number, "id_str": str(10**9 + number), "text": words, "lang": lang,
            "user": user}
    if answers:
        line.update(in_reply_to_status_id=answers, in_reply_to_status_id_str=str(answers))
    return json.dumps(line)


def conversation(plant):
    """`plant` changes (moods, languages, tweets) of a minute from minute AT on."""
    chance, lines, number = random.Random(7), [tweet(0, BEGIN, "the first", "en")], 1
    for minute in range(MINUTES):
        moods, languages, count = ["positive", "neutral", "neutral", "negative"], ["en", "en", "en", "es"], PER_MINUTE
        if minute >= AT:
            moods, languages, count = plant(moods, languages, count)
        for i in range(count + chance.randrange(-5, 6) if count > 10 else count):
            lines.append(tweet(number, BEGIN + 60 * minute + i * 60 // (count + 6), WORDS[chance.choice(moods)],
                               chance.choice(languages), 10**9))
            number += 1
    return "\n".join(lines) + "\n"


class Server:
    def __init__(self, lines):
        self.folder = tempfile.TemporaryDirectory()
        path = os.path.join(self.folder.name, "lines.jsonl")
        with open(path, "w", encoding="utf-8") as f:
            f.write(lines)
        self.process = subprocess.Popen([PROGRAM, "serve", "--quiet", "--port", "0", path], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def text(self, path):
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read().decode()

    def get(self, path):
        return json.loads(self.text("api/v1/" + path))["data"]

    def alerts(self, wanted):
        """Of the whole recording: looked at again until it ended and `wanted` holds."""
        for _ in range(200):
            has_ended = self.get("stats")["source"]["state"] == "ended"
            found = self.get("alerts")
            if has_ended and wanted(found):
                return found
            time.sleep(0.1)
        return found

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()
        self.folder.cleanup()


class Alerts(unittest.TestCase):
    def serve(self, plant):
        server = Server(conversation(plant))
        self.addCleanup(server.close)
        return server

    def check(self, plant, kinds, word):
        server = self.serve(plant)
        found = server.alerts(lambda alerts: len(alerts) >= len(kinds))
        self.assertEqual([a["kind"] for a in found], kinds)
        since = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(BEGIN + 60 * AT))
        until = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(BEGIN + 60 * (AT + 5)))
        self.assertTrue(since <= found[0]["since"] <= until, found)
        self.assertIn(word, found[-1]["words"])
        return server, found

    def test_everything_is_suddenly_negative(self):
        server, found = self.check(lambda m, l, n: (["negative"], l, n), ["labels_shifted"], "negative")
        self.assertIn('dunlin_alerts_active{kind="labels_shifted"} 1\n', server.text("metrics"))
        stream = server.text("api/v1/stream?topics=alerts&once=1")
        data = next(line for line in stream.split("\n") if line.startswith('data: {"alerts"'))
        self.assertEqual(json.loads(data[6:])["alerts"], found)
        top = subprocess.run([PROGRAM, "top", "--once", server.url], capture_output=True, text=True, timeout=60)
        self.assertIn("alert: Moods shifted: negative", top.stdout)

    def test_the_rate_falls(self):
        self.check(lambda m, l, n: (m, l, n // 3), ["rate_fell"], "fell")

    def test_a_language_is_gone(self):
        # Its texts had no label, so labels shift as well.
        self.check(lambda m, l, n: (m, ["en"], n), ["labels_shifted", "languages_shifted"], "en")

    def test_nothing_happens(self):
        server = self.serve(lambda m, l, n: (m, l, n))
        server.alerts(lambda alerts: True)
        time.sleep(1.2)  # The look after the end.
        self.assertEqual(server.get("alerts"), [])
        self.assertIn('dunlin_alerts_active{kind="rate_fell"} 0\n', server.text("metrics"))

    def test_sources_and_health_are_told(self):
        server = self.serve(lambda m, l, n: (m, l, n))
        server.alerts(lambda alerts: server.get("sources")[0]["state"] == "ended")
        sources = server.get("sources")
        self.assertEqual([(s["kind"], s["state"], s["lacks"], s["spend"], s["reconnects"], s["lag_ms"]) for s in sources],
                         [("files", "ended", [], None, [], None)])
        self.assertTrue(sources[0]["newest"].startswith(time.strftime("%Y-%m-%dT%H:%M", time.gmtime(BEGIN + 60 * (MINUTES - 1)))))
        health = server.get("health")
        self.assertEqual((health["journal"], health["is_restoring"], health["is_memory_full"]), (None, False, False))


if __name__ == "__main__":
    if not os.path.exists(PROGRAM):
        sys.exit("build the program first: make")
    unittest.main()
