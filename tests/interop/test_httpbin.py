"""httpbin on gunicorn: what it says it was sent, and what it answers when asked for something odd."""

import base64
import contextlib
import json
import random
import urllib.parse

import harness

base = None
running = contextlib.ExitStack()


def setUpModule():
    global base
    port = harness.free_port()
    command = [harness.peer_python("httpbin"), "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
               "--threads", "8", "--log-level", "error", "httpbin:app"]
    running.enter_context(harness.process(command, ready=None))
    harness.wait_for_port(port)
    base = f"http://127.0.0.1:{port}"


def tearDownModule():
    running.close()


class Httpbin(harness.Suite):
    def tool(self, path, **template):
        return self.tools(it={"url": base + path, **template})

    def ask(self, path, arguments=None, **template):
        return self.call(self.tool(path, **template), "t.it", arguments or {})

    def include(self, path, arguments=None, **template):
        """The answer as text, and status and header fields in lower case."""
        done = self.expect(harness.utcp("call", "t.it", json.dumps(arguments or {}), "--json", "-i", config=self.tool(path, **template)))
        return done.out.strip(), dict(line.lower().split(": ", 1) for line in done.err.splitlines() if ": " in line)

    def into_file(self, path, *options, **template):
        self.expect(harness.utcp("call", "t.it", "-o", "out.bin", *options, config=self.tool(path, **template), cwd=self.folder))
        return (self.folder / "out.bin").read_bytes()


class Requests(Httpbin):
    def test_every_method_with_a_body_and_a_query(self):
        for method in ("POST", "PUT", "PATCH", "DELETE", "GET"):
            with self.subTest(method):
                seen = self.ask("/anything", {"body": {"k": ["ä", 1, None, True]}, "q": "a b&c"}, http_method=method)
                self.assertEqual(seen["method"], method)
                self.assertEqual(seen["json"], {"k": ["ä", 1, None, True]})
                self.assertEqual(seen["args"], {"q": "a b&c"})
                self.assertEqual(seen["headers"]["Content-Type"], "application/json")

    def test_methods_without_a_body_say_so(self):
        for method in ("POST", "PUT", "PATCH"):
            with self.subTest(method):
                seen = self.ask("/anything", {"q": 1}, http_method=method)
                self.assertEqual((seen["data"], seen["form"], seen["headers"]["Content-Length"]), ("", {}, "0"))
                self.assertNotIn("Content-Type", seen["headers"])

    def test_options_and_head(self):
        for method in ("OPTIONS", "HEAD"):
            with self.subTest(method):
                out, fields = self.include("/get", http_method=method)
                self.assertEqual(fields["status"], "200")
                self.assertIn(out, ("", '""', "null"))
                if method == "OPTIONS":
                    self.assertIn("get", fields["allow"])

    def test_a_query_of_every_type(self):
        seen = self.ask("/anything?v=1", {"s": "a b&c=d#e", "i": 3, "f": 1.5, "l": ["x", "y"], "u": "é", "b": True, "n": None, "o": {"a": [1]}, "v": "2", "e": ""})
        self.assertEqual(seen["args"], {"v": ["1", "2"], "s": "a b&c=d#e", "i": "3", "f": "1.5", "l": ["x", "y"], "u": "é", "b": "true", "o": '{"a":[1]}', "e": ""})

    def test_path_values_stay_in_their_segment(self):
        for value in ("a b", "ü", "x;y", "1+1", "50%", "a/b", "a?b#c", "a@b:c"):
            with self.subTest(value):
                seen = self.ask("/anything/{part}/end", {"part": value})
                self.assertEqual(urllib.parse.unquote(seen["url"][len(base):]), f"/anything/{value}/end")
                self.assertEqual(seen["args"], {})

    def test_header_arguments_and_fixed_header_fields(self):
        seen = self.ask("/headers", {"X-Trace": 7, "X-Flag": True}, header_fields=["X-Trace", "X-Flag"], headers={"X-Fixed": "yes", "user-agent": "mine"})["headers"]
        self.assertEqual((seen["X-Trace"], seen["X-Fixed"], seen["User-Agent"]), ("7", "yes", "mine"))
        self.assertEqual(seen["X-Flag"].lower(), "true")

    def test_it_says_who_calls(self):
        self.assertTrue(self.ask("/user-agent")["user-agent"].startswith("utcp/"))

    def test_a_body_of_five_megabytes_is_echoed(self):
        text = "five megabytes ä " * 300_000
        arguments = self.write("arguments.json", {"body": {"text": text}})
        done = self.expect(harness.utcp("call", "t.it", f"@{arguments}", "--json", config=self.tool("/post", http_method="POST")))
        self.assertTrue(done.json()["json"] == {"text": text}, "the echo differs")

    def test_bodies_that_are_no_objects(self):
        for body in ("text", 5, True, ["a", {"b": 1}], "", 0, False):
            with self.subTest(body):
                self.assertEqual(self.ask("/anything", {"body": body}, http_method="POST")["json"], body)

    def test_a_text_body(self):
        seen = self.ask("/post", {"body": "plain ä"}, http_method="POST", content_type="text/plain; charset=utf-8")
        self.assertEqual((seen["data"], seen["headers"]["Content-Type"]), ("plain ä", "text/plain; charset=utf-8"))

    def test_a_form(self):
        seen = self.ask("/post", {"body": {"a": "1 2&3=4+5", "b": ["x", "y"], "c": "ä", "d": True, "e": 1.5}}, http_method="POST", content_type="application/x-www-form-urlencoded")
        self.assertEqual(seen["form"], {"a": "1 2&3=4+5", "b": ["x", "y"], "c": "ä", "d": "true", "e": "1.5"})
        self.assertEqual(seen["headers"]["Content-Type"], "application/x-www-form-urlencoded")


class Files(Httpbin):
    PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))

    def multipart(self, body, **more):
        return self.ask("/post", {"body": body}, http_method="POST", content_type="multipart/form-data", **more)

    def test_a_multipart_form(self):
        seen = self.multipart({"a": "1 2&3=4+5", "b": ["x", "y"], "c": "ä\r\n--x", "d": True, "e": 1.5, "n": None, 'odd "name"': "v"})
        self.assertEqual({name: value for name, value in seen["form"].items() if not name.startswith("odd")},
                         {"a": "1 2&3=4+5", "b": ["x", "y"], "c": "ä\r\n--x", "d": "true", "e": "1.5"})
        self.assertEqual(seen["files"], {})
        self.assertTrue(seen["headers"]["Content-Type"].startswith("multipart/form-data; boundary="))

    def test_objects_are_parts_of_json(self):
        seen = self.multipart({"meta": {"k": ["ä", 1]}})
        self.assertEqual(json.loads(seen["form"]["meta"]), {"k": ["ä", 1]})

    def test_files_in_a_form(self):
        seen = self.multipart({"title": "Cat", "text": {"filename": "cat.txt", "data": "miaow ä"}, "picture": {"filename": "ä.png", "base64": base64.b64encode(self.PICTURE).decode()}})
        self.assertEqual((seen["form"], seen["files"]["text"]), ({"title": "Cat"}, "miaow ä"))
        self.assertEqual(seen["files"]["picture"], "data:image/png;base64," + base64.b64encode(self.PICTURE).decode())

    def test_a_file_of_the_disk(self):
        self.write("cat.png", self.PICTURE)
        body = {"type": "object", "properties": {"picture": {"type": "string"}, "title": {"type": "string"}}}
        config = self.tool("/post", http_method="POST", content_type="multipart/form-data", inputs={"type": "object", "properties": {"body": body}})
        done = self.expect(harness.utcp("call", "t.it", "body.picture@=cat.png", "body.title=Cat", "--json", config=config, cwd=self.folder))
        self.assertEqual(done.json()["files"]["picture"].partition(",")[2], base64.b64encode(self.PICTURE).decode())
        self.assertEqual(done.json()["form"], {"title": "Cat"})

    def test_a_file_is_a_whole_body(self):
        self.write("cat.png", self.PICTURE)
        config = self.tool("/post", http_method="POST", content_type="application/octet-stream")
        done = self.expect(harness.utcp("call", "t.it", "body@=cat.png", "--json", config=config, cwd=self.folder))
        self.assertEqual(done.json()["data"].partition(",")[2], base64.b64encode(self.PICTURE).decode())
        self.assertEqual(done.json()["headers"]["Content-Type"], "application/octet-stream")

    def test_bytes_as_base64(self):
        body = {"base64": base64.b64encode(self.PICTURE).decode()}
        seen = self.ask("/post", {"body": body}, http_method="POST", content_type="application/octet-stream")
        self.assertEqual(seen["data"].partition(",")[2], base64.b64encode(self.PICTURE).decode())


class Credentials(Httpbin):
    def test_basic(self):
        auth = {"auth_type": "basic", "username": "ada", "password": "p@ss:word"}
        self.assertEqual(self.ask("/basic-auth/ada/p@ss:word", auth=auth), {"authenticated": True, "user": "ada"})
        self.assertEqual(self.ask("/hidden-basic-auth/ada/p@ss:word", auth=auth), {"authenticated": True, "user": "ada"})

    def test_basic_with_a_wrong_password(self):
        config = self.tool("/basic-auth/ada/right", auth={"auth_type": "basic", "username": "ada", "password": "wr0ng-secret"})
        error = self.fails(config, "t.it", {}, "unauthorized", "401")
        self.assertEqual(error["remote"]["status"], 401)
        self.assertNotIn("wr0ng-secret", json.dumps(error))

    def test_no_credentials(self):
        for path, status, errc in (("/basic-auth/a/b", 401, "unauthorized"), ("/bearer", 401, "unauthorized"), ("/hidden-basic-auth/a/b", 404, "remote_failed")):
            with self.subTest(path):
                self.assertEqual(self.fails(self.tool(path), "t.it", {}, errc)["remote"]["status"], status)

    def test_a_bearer_token(self):
        auth = {"auth_type": "api_key", "api_key": "Bearer tok-1", "var_name": "Authorization", "location": "header"}
        self.assertEqual(self.ask("/bearer", auth=auth), {"authenticated": True, "token": "tok-1"})

    def test_a_key_in_each_place(self):
        for location, of in (("header", "headers"), ("query", "args")):
            with self.subTest(location):
                auth = {"auth_type": "api_key", "api_key": "k y&1", "var_name": "X-Api-Key", "location": location}
                self.assertEqual(self.ask("/anything", auth=auth)[of]["X-Api-Key"], "k y&1")
        auth = {"auth_type": "api_key", "api_key": "k-1", "var_name": "sid", "location": "cookie"}
        self.assertEqual(self.ask("/cookies", auth=auth)["cookies"], {"sid": "k-1"})

    def test_a_key_wins_over_an_argument_of_its_name(self):
        auth = {"auth_type": "api_key", "api_key": "real", "var_name": "k", "location": "query"}
        self.assertEqual(self.ask("/anything", {"k": "mine", "a": 1}, auth=auth)["args"], {"k": "real", "a": "1"})

    def test_digest_is_refused_and_not_retried_with_basic(self):
        auth = {"auth_type": "basic", "username": "ada", "password": "pass"}
        self.fails(self.tool("/digest-auth/auth/ada/pass", auth=auth), "t.it", {}, "unauthorized")

    def test_cookies_that_a_server_sets_are_not_kept(self):
        config = self.tools(set={"url": base + "/cookies/set?a=1"}, get={"url": base + "/cookies"})
        self.call(config, "t.set", {})
        self.assertEqual(self.call(config, "t.get", {})["cookies"], {})


class Statuses(Httpbin):
    def test_each_status_has_its_meaning(self):
        meanings = {400: "remote_failed", 401: "unauthorized", 403: "unauthorized", 404: "remote_failed", 405: "remote_failed", 407: "unauthorized",
                    408: "timed_out", 409: "remote_failed", 410: "remote_failed", 418: "remote_failed", 422: "remote_failed", 429: "rate_limited",
                    500: "remote_failed", 501: "remote_failed", 502: "unavailable", 503: "unavailable", 504: "unavailable"}
        for status, errc in meanings.items():
            with self.subTest(status):
                error = self.fails(self.tool(f"/status/{status}"), "t.it", {}, errc, str(status), base)
                self.assertEqual(error["remote"]["status"], status)

    def test_success_has_more_than_one_status(self):
        for status in (200, 201, 202, 203, 204, 206):
            with self.subTest(status):
                out, fields = self.include(f"/status/{status}", http_method="POST")
                self.assertEqual((fields["status"], out in ("", '""', "null")), (str(status), True), out)

    def test_what_the_server_said_is_kept(self):
        self.assertIn("teapot", self.fails(self.tool("/status/418"), "t.it", {}, "remote_failed")["remote"]["body"])

    def test_a_server_that_takes_its_time(self):
        self.assertEqual(self.ask("/delay/1", {"q": "a"})["args"], {"q": "a"})
        self.fails(self.tool("/delay/3"), "t.it", {}, "timed_out", options=("--timeout", "300ms"))

    def test_conditions(self):
        error = self.fails(self.tool("/etag/v1", header_fields=["If-Match"]), "t.it", {"If-Match": '"v2"'}, "remote_failed")
        self.assertEqual(error["remote"]["status"], 412)
        for path, condition in (("/etag/v1", {"If-None-Match": '"v1"'}), ("/cache", {"If-Modified-Since": "Sat, 28 Nov 2026 00:00:00 GMT"})):
            with self.subTest(path):
                error = self.fails(self.tool(path, header_fields=list(condition)), "t.it", condition, "remote_failed", "has not changed")
                self.assertEqual(error["remote"]["status"], 304)
        self.assertEqual(self.ask("/etag/v1", {"If-None-Match": '"v2"'}, header_fields=["If-None-Match"])["headers"]["If-None-Match"], '"v2"')


class Redirects(Httpbin):
    def test_up_to_five_are_followed(self):
        for kind in ("redirect", "relative-redirect", "absolute-redirect"):
            for hops in (1, 5):
                with self.subTest(f"{kind}/{hops}"):
                    self.assertEqual(self.ask(f"/{kind}/{hops}")["url"], base + "/get")

    def test_a_sixth_is_not(self):
        for kind in ("redirect", "relative-redirect", "absolute-redirect"):
            with self.subTest(kind):
                self.fails(self.tool(f"/{kind}/6"), "t.it", {}, "remote_failed", "redirect", "5")

    def test_303_asks_with_get_and_the_others_keep_method_and_body(self):
        for status in (301, 302, 307, 308):
            with self.subTest(status):
                seen = self.ask(f"/redirect-to?url=/anything/there&status_code={status}", {"body": {"a": 1}}, http_method="POST")
                self.assertEqual((seen["method"], seen["json"]), ("POST", {"a": 1}))
        seen = self.ask("/redirect-to?url=/anything/there&status_code=303", {"body": {"a": 1}}, http_method="POST")
        self.assertEqual((seen["method"], seen["data"]), ("GET", ""))
        self.assertNotIn("Content-Type", seen["headers"])

    def test_arguments_and_credentials_follow_on_the_same_origin(self):
        auth = {"auth_type": "api_key", "api_key": "k-1", "var_name": "X-Api-Key"}
        seen = self.ask("/redirect-to?url=/anything/there%3Ffixed=1&status_code=307", {"q": "a b"}, auth=auth)
        self.assertEqual(seen["headers"]["X-Api-Key"], "k-1")
        self.assertEqual((seen["args"]["q"], seen["args"]["fixed"]), ("a b", "1"))

    def test_nothing_secret_follows_to_another_origin(self):
        other = base.replace("127.0.0.1", "localhost")
        auth = {"auth_type": "api_key", "api_key": "k-1", "var_name": "X-Mine"}
        headers = {"Authorization": "Bearer t", "Cookie": "sid=1", "X-Session-Token": "s", "X-Trace": "kept"}
        seen = self.ask(f"/redirect-to?url={other}/anything/there&status_code=307", {"q": "private", "body": {"a": 1}}, http_method="POST", auth=auth, headers=headers)
        self.assertTrue(seen["url"].startswith(other + "/anything/there"))
        self.assertEqual((seen["method"], seen["data"], seen["args"]), ("POST", "", {}))
        self.assertEqual({name for name in ("X-Mine", "Authorization", "Cookie", "X-Session-Token", "X-Trace") if name in seen["headers"]}, {"X-Trace"})


class Answers(Httpbin):
    def test_packed_in_each_way(self):
        for path, key in (("/gzip", "gzipped"), ("/deflate", "deflated"), ("/brotli", "brotli")):
            with self.subTest(path):
                self.assertIs(self.ask(path, headers={"Accept-Encoding": "gzip, deflate, br"})[key], True)

    def test_text_in_utf_8(self):
        text = self.ask("/encoding/utf8")
        for words in ("∮ E⋅da = Q", "ði ıntəˈnæʃənəl", "Зарегистрируйтесь", "แผ่นดินฮั่น", "ሰማይ", "ᚻᛖ ᚳᚹᚫᚦ", "⡌⠁⠧⠑"):
            self.assertIn(words, text)

    def test_other_text(self):
        self.assertIn("Herman Melville", self.ask("/html"))
        self.assertTrue(self.ask("/xml").startswith("<?xml"))
        self.assertIn("User-agent: *", self.ask("/robots.txt"))
        self.assertEqual(self.ask("/json")["slideshow"]["author"], "Yours Truly")

    def test_several_json_values_in_one_answer_are_text(self):
        lines = self.ask("/stream/5").splitlines()
        self.assertEqual([json.loads(line)["id"] for line in lines], [0, 1, 2, 3, 4])

    def test_bytes(self):
        random.seed(7)
        expected = bytes(random.randint(0, 255) for _ in range(3000))
        self.assertEqual(self.into_file("/bytes/3000?seed=7"), expected)
        self.assertEqual(self.into_file("/stream-bytes/3000?seed=7&chunk_size=100"), expected)

    def test_a_range_and_a_part_of_it(self):
        self.assertEqual(self.into_file("/range/26?chunk_size=3"), b"abcdefghijklmnopqrstuvwxyz")
        self.assertEqual(self.into_file("/range/26", headers={"Range": "bytes=2-4"}), b"cde")

    def test_bytes_that_drip(self):
        self.assertEqual(self.into_file("/drip?numbytes=5&duration=1&delay=0"), b"*****")
        self.fails(self.tool("/drip?numbytes=2&duration=0&code=503"), "t.it", {}, "unavailable")

    def test_images(self):
        starts = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff", "webp": b"RIFF"}
        for kind, start in starts.items():
            with self.subTest(kind):
                self.assertEqual(self.into_file(f"/image/{kind}")[: len(start)], start)
                self.assertEqual(self.into_file("/image", headers={"Accept": f"image/{kind}"})[: len(start)], start)
        self.assertIn(b"<svg", self.into_file("/image/svg"))

    def test_bytes_are_base64_in_json(self):
        self.assertTrue(base64.b64decode(self.ask("/image/png")).startswith(b"\x89PNG"))

    def test_header_fields_of_the_answer(self):
        out, fields = self.include("/response-headers?X-One=first&X-Two=a%20b&Content-Type=application/vnd.thing%2Bjson")
        self.assertEqual((fields["x-one"], fields["x-two"]), ("first", "a b"))
        self.assertEqual(json.loads(out)["X-One"], "first", "a +json type is JSON")

    def test_header_fields_that_come_twice(self):
        _, fields = self.include("/response-headers?X-One=first&X-One=second")
        self.assertIn("first", fields["x-one"])
        self.assertIn("second", fields["x-one"])


if __name__ == "__main__":
    harness.main(needs=["httpbin"])
