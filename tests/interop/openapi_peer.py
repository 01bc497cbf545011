"""python-utcp (v1 or 0.2) with manuals made of OpenAPI documents. The last line of output is JSON.

    names MANUAL...                what its models take from each manual: a list of names, or the error
    call CONFIG CASES ORIGIN       calls a tool for each line of CASES; a GET of ORIGIN/case/N stands before each. Prints the errors
    convert SPEC ROUNDS            seconds, wall and CPU, that its own converter takes from the file's text to a manual
"""

import asyncio
import json
import logging
import os
import statistics
import sys
import time
import urllib.request

try:
    from utcp.plugins.plugin_loader import ensure_plugins_initialized

    ensure_plugins_initialized()
    from utcp.data.utcp_manual import UtcpManualSerializer
    from utcp.utcp_client import UtcpClient
    from utcp_http.openapi_converter import OpenApiConverter

    take_manual = UtcpManualSerializer().validate_dict
except ImportError:
    from utcp.client.openapi_converter import OpenApiConverter
    from utcp.client.utcp_client import UtcpClient
    from utcp.shared.utcp_manual import UtcpManual

    take_manual = UtcpManual.model_validate
    UtcpManualSerializer = None


def names(*manuals):
    out = {}
    for path in manuals:
        try:
            with open(path) as file:
                out[path] = [tool.name for tool in take_manual(json.load(file)).tools]
        except Exception as e:  # any refusal is the answer
            out[path] = f"{type(e).__name__}: {str(e)[:500]}"
    return out


async def call(config, cases, origin):
    if UtcpManualSerializer:
        client = await UtcpClient.create(root_dir=os.path.dirname(os.path.abspath(config)), config=config)
    else:
        client = await UtcpClient.create({"providers_file_path": config, "variables": dict(os.environ)})
    errors = []
    with open(cases) as file:
        for number, line in enumerate(file):
            case = json.loads(line)
            await asyncio.to_thread(lambda n=number: urllib.request.urlopen(f"{origin}/case/{n}").read())
            try:
                await client.call_tool("t." + case["tool"], case["args"])
                errors.append(None)
            except Exception as e:
                errors.append(f"{type(e).__name__}: {str(e)[:300]}")
    return errors


def convert(path, rounds):
    wall, cpu, tools = [], [], 0
    for _ in range(int(rounds)):
        started = time.monotonic(), time.process_time()
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
        if path.endswith(".json"):
            spec = json.loads(text)
        else:
            import yaml

            spec = yaml.safe_load(text)
        tools = len(OpenApiConverter(spec, spec_url="https://specs.example.com/apis/x.json").convert().tools)
        wall.append(time.monotonic() - started[0])
        cpu.append(time.process_time() - started[1])
    return {"tools": tools, "wall_ms": statistics.median(wall) * 1e3, "cpu_ms": statistics.median(cpu) * 1e3}


def main(command, *arguments):
    logging.disable(logging.CRITICAL)
    if command == "call":
        return asyncio.run(call(*arguments))
    return {"names": names, "convert": convert}[command](*arguments)


if __name__ == "__main__":
    answer = main(*sys.argv[1:])
    print("\n" + json.dumps(answer))
