#!/usr/bin/env python3
"""Records what python-utcp's tag search answers. usage: record.py v0|v1 > tag_search_v0.json (README.md says with which package)"""
import asyncio
import json
import random
import sys
from types import SimpleNamespace

dialect = sys.argv[1]
if dialect == "v1":
    import utcp.implementations.tag_search as module
else:
    import utcp.client.tool_search_strategies.tag_search as module

WORDS = """weather forecast city in a an to the of get list send mail e-mail data api_key user's id Wetter Straße STRASSE größe Größe
ÉTÉ été Ωμέγα ΟΔΟΣ οδος ΣΊΣΥΦΟΣ σίσυφος İstanbul istanbul IĞDIR ığdır привет ПРИВЕТ мир Мир 天气 天気 北京 날씨 東京 ½ ² Ⅷ ⅷ ٣٤ ३ हिन्दी नमस्ते
naïve café CAFÉ cafe\u0301 ß ẞ ﬁn FIN x y1 2 10 c++ .net node.js 🌦 🌦️weather under_score __ - …""".split()
SEPARATORS = [" "] * 8 + [", ", "-", "_", ".", "/", "'", "\u00a0", "\n", "—"]


def text(rng, most):
    out = ""
    for _ in range(rng.randint(0, most)):
        word = rng.choice(WORDS)
        word = rng.choice([word, word, word, word.upper(), word.capitalize(), word + word[:1]])
        out += (rng.choice(SEPARATORS) if out else "") + word
    return out


def tag(rng):
    return text(rng, 3) or rng.choice(WORDS)


def catalogue(rng):
    shared = [tag(rng) for _ in range(6)]
    return [{"name": f"m.t{i}", "description": text(rng, 9),
             "tags": [rng.choice(shared) if rng.random() < 0.4 else tag(rng) for _ in range(rng.randint(0, 4))]}
            for i in range(rng.randint(1, 12))]


def query(rng, tools):
    parts = [text(rng, 6)]
    for _ in range(rng.randint(0, 2)):
        tags = rng.choice(tools)["tags"]
        if tags:
            parts.append(rng.choice([str.upper, str.lower, str.title, str])(rng.choice(tags)))
    rng.shuffle(parts)
    return " ".join(parts)


def ask(tools, case):
    scores = []

    def spy(pairs, key, reverse):
        scores.extend(sorted(pairs, key=key, reverse=reverse))
        return scores

    module.sorted = spy

    async def get_tools():
        return [SimpleNamespace(**tool) for tool in tools]

    repository = SimpleNamespace(get_tools=get_tools)
    if dialect == "v1":
        strategy = module.TagAndDescriptionWordMatchStrategy(tag_weight=case["tag_weight"], description_weight=case["description_weight"])
        answer = strategy.search_tools(repository, case["query"], case["limit"], case["any_of_tags_required"])
    else:
        strategy = module.TagSearchStrategy(repository, case["description_weight"])
        answer = strategy.search_tools(case["query"], case["limit"])
    found = asyncio.run(answer)
    assert [t.name for t in found] == [t.name for t, _ in scores[: len(found)]]
    return [[t.name, score] for t, score in scores[: len(found)]]


def main():
    rng = random.Random(20260725)
    print('{"catalogues": [')
    catalogues = 40
    for number in range(catalogues):
        tools = catalogue(rng)
        cases = []
        for _ in range(6):
            case = {"query": query(rng, tools), "limit": rng.choice([0, 1, 2, 5, 10, 100]),
                    "description_weight": rng.choice([0.3, 0.3, 0.1, 0.7]) if dialect == "v0" else rng.choice([1, 1, 0.1, 0, 2.5])}
            if dialect == "v1":
                case["tag_weight"] = rng.choice([3, 3, 3, 0.7, 0])
                case["any_of_tags_required"] = [rng.choice([str.upper, str.lower])(tag(rng)) if rng.random() < 0.3 else
                                                rng.choice(rng.choice(tools)["tags"] or ["none"]).upper()
                                                for _ in range(rng.choice([0, 0, 0, 1, 2]))]
            case["found"] = ask(tools, case)
            cases.append(case)
        line = json.dumps({"tools": tools, "cases": cases}, ensure_ascii=False)
        print(line + ("," if number + 1 < catalogues else ""))
    print("]}")


main()
