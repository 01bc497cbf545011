#!/usr/bin/env python3
"""Checks what no compiler checks. Usage: lint.py SOURCE_DIR; prints file:line: rule: what, and exits 1 when there is any.

include    core <- net <- auth <- mcp <- transports <- bundle <- apps; search and openapi need only core; atp and codemode
           core and net. No transport includes another, nor the client or the repository.
dialect    the words of one dialect stay at the dialect edge.
print      a library does not print.
coroutine  what g++ 12 miscompiles within an expression with co_await: capturing lambdas, braced temporaries and lists, ?:.
           See docs/toolchain.md.
dangling   a range-for over the items() of a temporary json.
"""

import pathlib
import re
import sys

LIBRARIES = ("core", "net", "auth", "mcp", "search", "openapi", "transports", "bundle", "atp", "codemode")
CHECKED = LIBRARIES + ("apps", "examples", "tests", "bench")

MAY_INCLUDE = {
    "core": {"core"},
    "search": {"core"},
    "openapi": {"core"},
    "net": {"core"},
    "auth": {"core", "net"},
    "mcp": {"core", "net", "auth"},
    "transports": {"core", "net", "auth", "mcp"},
    "atp": {"core", "net"},
    "codemode": {"core", "net"},
    "bundle": {"core", "net", "auth", "mcp", "search", "openapi", "transports", "atp", "codemode"},
}
NOT_BELOW_THE_CLIENT = {"utcp/client.hpp", "utcp/sync_client.hpp", "utcp/repository.hpp"}

DIALECT_WORDS = {"provider_type", "tool_provider", "call_template_type", "tool_call_template"}
# Where dialects are read and written, and the program's conversions and what it shows of a written tool.
DIALECT_EDGE = re.compile(
    r"core/src/(dialect\w*|config|\w*manual_reader|document\w*)\.[ch]pp$|apps/.*(convers\w*|describe_tool)\.[ch]pp$")
PRINTING = re.compile(r"\bstd\s*::\s*(?:w?cout|w?cerr|w?clog)\b|(?<![\w.])(?:std\s*::\s*)?(?:printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror)\s*\(")

RAW_STRING = re.compile(r'R"([^()\\\s]{0,16})\((.*?)\)\1"', re.S)
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'', re.S)
CAPTURES = re.compile(r"(?<![\w)\]])\s*\[\s*[^\[\]\s][^\[\]]*\]\s*(?:<[^<>]*>\s*)?(?=[({]|mutable\b|->|noexcept\b)")
SUBSCRIPTED = re.compile(r"[\w)\]]\s*$")
BRACED_LIST = re.compile(r"[(,]\s*\{")
BRACED_TYPE = re.compile(r"([A-Za-z_][\w:]*)\s*(?:<[^;{}()]*>)?\s*\{")
# What a call gives is a temporary, but for the accessors that give references.
ITEMS_OF_A_CALL = re.compile(r"\bfor\s*\([^;{}]*:\s*[^;{}]*?(\w+)\s*(?:<[^<>;{}]*>)?\s*\([^;{}]*?\)\s*\.\s*items\s*\(\s*\)\s*\)")
GIVES_A_REFERENCE = {"at", "front", "back", "get_ref", "as_const"}
NOT_A_TYPE = {"mutable", "noexcept", "else", "do", "try", "const", "override", "final", "return", "co_return", "constexpr"}
CONTROL = re.compile(r"\b(?:if|while|switch|for|catch)\s*(?:constexpr\s*)?$")


def blank(text):
    """Comments and literals become spaces, of equal length: what is left is code."""

    def spaces(match):
        return re.sub(r"[^\n]", " ", match.group())

    return TOKEN.sub(spaces, text)


def literals(text):
    for match in TOKEN.finditer(text):
        token = match.group()
        if token.startswith('"'):
            yield match.start(), token[1:-1]


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def opens_a_block(code, brace):
    """Whether the brace begins a block, not a braced initialiser."""
    before = code[:brace].rstrip()
    if not before or before[-1] in ");{}:":
        return True
    if re.search(r"\b(?:else|do|try|mutable|noexcept|const|override|final)$", before):
        return True
    if before[-1] in ">*&" or re.search(r"\w$", before):
        statement = before[max(before.rfind(c) for c in ";{}") + 1:]
        # `-> type {` of a function, and `struct name {`.
        arrow = statement.rfind("->")
        if arrow >= 0 and "(" not in re.sub(r"<.*>", "", statement[arrow:], flags=re.S):
            return statement[:arrow].rstrip().endswith((")", "]", "mutable", "noexcept"))
        return re.match(r"\s*(?:template\s*<.*>\s*)?(?:class|struct|union|enum|namespace|inline namespace)\b", statement, re.S) is not None
    return False


def full_expression(code, at):
    """The range of the full expression around a position."""
    depth = 0
    begin = at
    in_control = False
    while begin > 0:
        c = code[begin - 1]
        if c in ")]":
            depth += 1
        elif c == "}":
            if depth == 0 and not closes_an_expression(code, begin - 1):
                break
            depth += 1
        elif c in "([":
            if depth == 0 and c == "(" and CONTROL.search(code[:begin - 1]):
                in_control = True
                break
            depth = max(0, depth - 1)
        elif c == "{":
            if depth == 0 and opens_a_block(code, begin - 1):
                break
            depth = max(0, depth - 1)
        elif c == ";" and depth == 0:
            break
        begin -= 1
    depth = 0
    end = at
    while end < len(code):
        c = code[end]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            if depth == 0 and (in_control or c == "}"):
                break
            depth = max(0, depth - 1)
        elif c == ";" and depth == 0:
            break
        end += 1
    return begin, end


def closes_an_expression(code, brace):
    """Whether a closing brace stands within an expression: something goes on after it."""
    after = code[brace + 1:].lstrip()[:1]
    return after in set(",).]?")


def coroutine_traps(code):
    seen = set()
    for match in re.finditer(r"\bco_await\b", code):
        begin, end = full_expression(code, match.start())
        if (begin, end) in seen:
            continue
        seen.add((begin, end))
        text = code[begin:end]
        for capture in CAPTURES.finditer(text):
            if not SUBSCRIPTED.search(text[:capture.start() + len(capture.group()) - len(capture.group().lstrip())]):
                yield begin + capture.start(), "a capturing lambda within an expression with co_await: name it first"
        for braced in BRACED_LIST.finditer(text):
            yield begin + braced.start(), "a braced list within an expression with co_await: name the object first"
        for braced in BRACED_TYPE.finditer(text):
            before = text[:braced.start()].rstrip()
            if braced.group(1) not in NOT_A_TYPE and not before.endswith("->"):
                yield begin + braced.start(), "a braced temporary within an expression with co_await: name it first"
        question = text.find("?")
        if question >= 0:
            yield begin + question, "?: within an expression with co_await: use if"


def headers_of(root):
    """Which module a public header belongs to."""
    out = {}
    for module in LIBRARIES:
        for header in (root / module).glob("**/include/utcp/**/*.h*"):
            parts = header.relative_to(root).parts
            inside = parts[parts.index("include") + 1:]
            out["/".join(inside)] = "/".join(parts[:2]) if parts[0] == "transports" else parts[0]
    return out


def bad_include(module, name, target):
    kind = module.split("/")[0]
    if kind not in MAY_INCLUDE or target == module:
        return None
    if kind == "transports" and target.startswith("transports/"):
        return f"{module} includes another transport, {target}; what two share belongs in net"
    if target.split("/")[0] not in MAY_INCLUDE[kind]:
        return f"{kind} may include {', '.join(sorted(MAY_INCLUDE[kind]))}, not {target} (<{name}>)"
    if name in NOT_BELOW_THE_CLIENT and kind not in ("core", "bundle"):
        return f"{module} includes <{name}>: it knows no client and no repository"
    return None


def check_text(path, text, headers):
    """Problems of one file as (line, rule, message). `path` is relative to the source folder, with slashes."""
    parts = path.split("/")
    module = "/".join(parts[:2]) if parts[0] == "transports" else parts[0]
    code = blank(text)
    out = []
    if parts[0] in LIBRARIES:
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*<(utcp/[^>]+)>', text, re.M):
            problem = bad_include(module, match.group(1), headers.get(match.group(1), module))
            if problem:
                out.append((line_of(text, match.start()), "include", problem))
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*"([^"]*)"', text, re.M):
            if "../" in match.group(1):
                out.append((line_of(text, match.start()), "include", "a private header of another folder"))
        for match in PRINTING.finditer(code):
            out.append((line_of(text, match.start()), "print", "a library does not print; tell the observer"))
    if parts[0] in LIBRARIES + ("apps",) and not DIALECT_EDGE.search(path):
        for at, literal in literals(text):
            if literal in DIALECT_WORDS:
                out.append((line_of(text, at), "dialect", f'"{literal}" outside of the dialect edge'))
    for match in ITEMS_OF_A_CALL.finditer(code):
        if match.group(1) not in GIVES_A_REFERENCE:
            out.append((line_of(text, match.start()), "dangling", "items() of a temporary: name the json first"))
    for at, message in coroutine_traps(code):
        out.append((line_of(text, at), "coroutine", message))
    return out


def main(arguments):
    root = pathlib.Path(arguments[0]).resolve()
    headers = headers_of(root)
    count = 0
    for folder in CHECKED:
        for path in sorted((root / folder).glob("**/*")):
            if path.suffix not in (".cpp", ".hpp", ".h") or not path.is_file():
                continue
            name = path.relative_to(root).as_posix()
            for line, rule, message in check_text(name, path.read_text(encoding="utf-8"), headers):
                print(f"{name}:{line}: {rule}: {message}")
                count += 1
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
