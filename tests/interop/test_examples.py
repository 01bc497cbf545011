"""The example programs against the example service."""

import signal
import socket
import subprocess
import urllib.error
import urllib.request

import harness


class Examples(harness.Suite):
    def setUp(self):
        super().setUp()
        self.service = harness.options.build / "examples" / "weather_service"

    def started(self):
        return self.enter(harness.process([self.service], "listening on "))

    def run_example(self, name):
        port = self.started().rsplit(":", 1)[1]
        return self.expect(harness.run([harness.options.build / "examples" / name], env={"WEATHER_PORT": port}, cwd=harness.ROOT))

    def test_the_quickstart_of_the_readme_runs(self):
        done = self.run_example("quickstart_sync")
        self.assertIn("weather.get_current", done.out)
        self.assertIn('"city": "Oslo"', done.out)

    def test_the_asynchronous_quickstart_runs(self):
        self.assertIn('"city": "Oslo"', self.run_example("quickstart_async").out)

    def test_a_transport_of_ones_own_runs(self):
        done = self.expect(harness.run([harness.options.build / "examples" / "custom_transport"]))
        self.assertEqual(done.out, "HELLO\n")

    def test_the_programs_search_finds_the_weather(self):
        port = self.started().rsplit(":", 1)[1]
        config = harness.ROOT / "providers.json"
        done = self.expect(harness.utcp("search", "weather in a city", "--json", config=config, env={"WEATHER_PORT": port}))
        self.assertIn("weather.get_current", [m["name"] for m in done.json()])
        answer = self.expect(harness.utcp("call", "weather.get_forecast", "city=Oslo", "days=2", "--json", config=config, env={"WEATHER_PORT": port}))
        self.assertEqual(len(answer.json()["days"]), 2)

    def test_without_the_service_the_file_still_answers(self):
        port = str(harness.free_port())
        config = harness.ROOT / "providers.json"
        done = self.expect(harness.utcp("search", "weather in a city", "--json", config=config, env={"WEATHER_PORT": port}))
        self.assertEqual(done.json()[0]["name"], "almanac.climate")

    def status(self, url, **how):
        try:
            return urllib.request.urlopen(urllib.request.Request(url, **how), timeout=10).status
        except urllib.error.HTTPError as refused:
            return refused.code

    def test_the_service_refuses_what_it_should(self):
        base = self.started()
        self.assertEqual(self.status(f"{base}/weather/oslo?units=imperial"), 200)
        self.assertEqual(self.status(f"{base}/weather/Atlantis"), 404)
        self.assertEqual(self.status(f"{base}/weather/Oslo?units=kelvin"), 400)
        self.assertEqual(self.status(f"{base}/forecast/Oslo?days=8"), 400)
        self.assertEqual(self.status(f"{base}/nowhere"), 404)
        self.assertEqual(self.status(f"{base}/utcp", method="DELETE"), 405)
        body = b'{"city":"Oslo","temperature":1.5}'
        self.assertEqual(self.status(f"{base}/observations", data=body), 401)
        self.assertEqual(self.status(f"{base}/observations", data=body, headers={"X-Api-Key": "demo-key"}), 201)
        self.assertEqual(self.status(f"{base}/observations", data=b"{", headers={"X-Api-Key": "demo-key"}), 400)
        self.assertEqual(self.status(f"{base}/observations", data=b"x" * 70_000, headers={"X-Api-Key": "demo-key"}), 413)

    def test_the_service_stops_at_once_when_told_to(self):
        child = subprocess.Popen([self.service], stdout=subprocess.PIPE)
        self.addCleanup(child.stdout.close)
        port = int(harness.first_line(child, "listening on ", 10).rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port)):
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(5), 0)

    def test_the_service_tells_a_wrong_option(self):
        for words in (["--port", "99999"], ["--port"], ["--what"]):
            self.assertEqual(harness.run([self.service, *words]).code, 2)


if __name__ == "__main__":
    harness.main()
