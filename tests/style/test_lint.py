#!/usr/bin/env python3
"""Whether lint.py finds samples of each thing it looks for, and leaves good code alone."""

import unittest

import lint

HEADERS = {
    "utcp/client.hpp": "core", "utcp/error.hpp": "core", "utcp/net/url.hpp": "net", "utcp/auth/apply.hpp": "auth", "utcp/mcp/session.hpp": "mcp",
    "utcp/transports/http.hpp": "transports/http", "utcp/transports/text.hpp": "transports/text", "utcp/builtin.hpp": "bundle",
    "utcp/openapi/importer.hpp": "openapi", "utcp/search/tag_search.hpp": "search", "utcp/repository.hpp": "core",
}


def rules(path, text):
    return [rule for _, rule, _ in lint.check_text(path, text, HEADERS)]


class Includes(unittest.TestCase):
    def check(self, path, header, bad):
        self.assertEqual(rules(path, f"#include <{header}>\n"), ["include"] if bad else [], f"{path} <{header}>")

    def test_go_down_only(self):
        self.check("core/src/a.cpp", "utcp/error.hpp", False)
        self.check("core/src/a.cpp", "utcp/net/url.hpp", True)
        self.check("net/src/a.cpp", "utcp/error.hpp", False)
        self.check("net/src/a.cpp", "utcp/auth/apply.hpp", True)
        self.check("auth/src/a.cpp", "utcp/net/url.hpp", False)
        self.check("auth/src/a.cpp", "utcp/mcp/session.hpp", True)
        self.check("transports/http/src/a.cpp", "utcp/auth/apply.hpp", False)
        self.check("transports/http/src/a.cpp", "utcp/builtin.hpp", True)
        self.check("transports/http/src/a.cpp", "utcp/openapi/importer.hpp", True)
        self.check("search/src/a.cpp", "utcp/net/url.hpp", True)
        self.check("openapi/src/a.cpp", "utcp/error.hpp", False)
        self.check("openapi/src/a.cpp", "utcp/search/tag_search.hpp", True)
        self.check("bundle/src/a.cpp", "utcp/transports/http.hpp", False)
        self.check("apps/utcp/a.cpp", "utcp/builtin.hpp", False)
        self.check("tests/unit/a.cpp", "utcp/builtin.hpp", False)

    def test_a_transport_includes_no_other_and_no_client(self):
        self.check("transports/http/src/a.cpp", "utcp/transports/http.hpp", False)
        self.check("transports/http/src/a.cpp", "utcp/transports/text.hpp", True)
        self.check("transports/http/src/a.cpp", "utcp/client.hpp", True)
        self.check("net/src/a.cpp", "utcp/repository.hpp", True)
        self.check("bundle/src/a.cpp", "utcp/client.hpp", False)

    def test_private_headers_stay_private(self):
        self.assertEqual(rules("net/src/a.cpp", '#include "../../core/src/a.hpp"\n'), ["include"])
        self.assertEqual(rules("net/src/a.cpp", '#include "a.hpp"\n'), [])


class Dangling(unittest.TestCase):
    def test_items_of_what_a_call_gives_are_found(self):
        for text in ("for (auto& [k, v] : inputs.to_json().items()) f(k);", "for (const auto& each : parse(text).items()) f(each);", "for (auto& [k, v] : j.get<json>().items()) f(k);"):
            self.assertEqual(rules("core/src/a.cpp", text), ["dangling"], text)
        for text in ("for (auto& [k, v] : parsed.items()) f(k);", "for (auto& [k, v] : j.at(\"x\").items()) f(k);", "for (auto& [k, v] : j[f(1)].items()) f(k);", "f(to_json().items());"):
            self.assertEqual(rules("core/src/a.cpp", text), [], text)


class DialectWords(unittest.TestCase):
    def test_stay_at_the_edge(self):
        for word in sorted(lint.DIALECT_WORDS):
            text = f'auto it = j.find("{word}");\n'
            self.assertEqual(rules("transports/http/src/http.cpp", text), ["dialect"])
            self.assertEqual(rules("core/src/client.cpp", text), ["dialect"])
            for edge in ("core/src/dialect_read.cpp", "core/src/config.cpp", "core/src/manual_reader.cpp", "core/src/fast_manual_reader.cpp", "apps/utcp/conversion.cpp"):
                self.assertEqual(rules(edge, text), [], edge)

    def test_may_stand_in_messages_and_names(self):
        self.assertEqual(rules("core/src/client.cpp", 'auto s = "add a \\"provider_type\\"; "; // "provider_type"\nx.tool_call_template;\n'), [])


class Printing(unittest.TestCase):
    def test_is_found_in_libraries_only(self):
        for text in ('std::cout << 1;', 'std :: cerr << 1;', 'printf("x");', 'std::fprintf(stderr, "x");', 'puts("x");', 'std::clog << 2;'):
            self.assertEqual(rules("net/src/a.cpp", text), ["print"], text)
            self.assertEqual(rules("apps/utcp/a.cpp", text), [])
        for text in ('snprintf(b, 1, "x");', '// std::cout << 1', 'auto s = "printf(";', 'log.puts("x");', 'out << 1;'):
            self.assertEqual(rules("net/src/a.cpp", text), [], text)


BAD = [
    "auto r = co_await f([&](int a) { return a; });",
    "auto r = co_await f([=] { return 1; });",
    "co_await f([x]() mutable { use(x); });",
    "co_await f([x = std::move(y)](auto h) { h(x); }, 1);",
    "co_await f([this] { go(); });",
    "co_return co_await g(1, [&a, b](int) -> int { return 1; });",
    "co_await c.call_tool(name, {{\"city\", \"Oslo\"}});",
    "co_await f({1, 2});",
    "auto r = co_await f(options{1});",
    "auto r = co_await f(1, options{.url = u});",
    "co_await f(std::vector<int>{1, 2});",
    "auto r = a ? co_await f() : g();",
    "auto r = co_await f(a ? b : c);",
    "if (co_await f(options{1})) go();",
    "if (auto r = co_await f([&] { return 1; }); r) go();",
    "while (co_await f({1})) go();",
    "return_value(co_await f(), options{2});",
    "auto r = co_await f(\n    first,\n    [&](int a) {\n      int b = a;\n      return b;\n    });",
    "x = std::pair{co_await f(), 1};",
]

GOOD = [
    "auto r = co_await f(1, std::move(x));",
    "auto l = [&](int a) { return a; };\n co_await f(l);",
    "options o{1};\n co_await f(std::move(o));",
    "co_await f([](int a) { return a; });",
    "co_await f(a[i](1), b[2]);",
    "auto x = a ? b : c;\n co_await f(x);",
    "if (a) { co_await f(); } else { co_await g(); }",
    "auto l = [&]() -> task<void> { co_await f(); };",
    "auto l = [&]() -> task<result<int>> {\n  if (!co_await f()) co_return 1;\n  co_return 2;\n};",
    "spawn(io, [&]() -> task<void> { co_await f(); }, done{});",
    "for (;;) {\n  auto r = co_await f();\n  if (!r) co_return r;\n}",
    "try { co_await f(); } catch (...) { x = y{}; }",
    "struct s { int a; };\n co_await f();",
    "std::vector<int> v{1, 2};\n for (int i : v) co_await f(i);",
    "// co_await f({1})\n auto s = \"co_await f({1})\";",
    "switch (a) {\n case 1: co_await f(); break;\n}",
    "const auto r = co_await f();\n auto s = r ? 1 : 2;",
    "auto l = [this, x](std::shared_ptr<op> o) mutable { return g(x); };\n co_await f();",
]


class Coroutines(unittest.TestCase):
    def test_traps_are_found(self):
        for sample in BAD:
            text = "task<int> t() {\n" + sample + "\n}\n"
            self.assertIn("coroutine", rules("core/src/a.cpp", text), sample)

    def test_good_code_is_left_alone(self):
        for sample in GOOD:
            text = "task<int> t() {\n" + sample + "\n}\n"
            self.assertEqual(rules("core/src/a.cpp", text), [], sample)

    def test_the_line_is_named(self):
        self.assertEqual(lint.check_text("core/src/a.cpp", "task<int> t() {\n\n  co_await f({1});\n}\n", {})[0][0], 3)


if __name__ == "__main__":
    unittest.main()
