"""python-utcp v0 (0.1 and 0.2) as a peer. The last line of output is JSON.

    manual BASE                        a manual that its model writes; the tools are at BASE
    tools PROVIDERS                    what its client registers from a providers.json
    call PROVIDERS TOOL ARGUMENTS      what its client gets from a call
    names MANUAL                       the tools that its models take from a manual
"""

import asyncio
import json
import sys

from utcp.client.utcp_client import UtcpClient
from utcp.shared.auth import ApiKeyAuth
from utcp.shared.provider import HttpProvider
from utcp.shared.tool import Tool, ToolInputOutputSchema
from utcp.shared.utcp_manual import UtcpManual


def manual(base):
    text = {"type": "string"}
    tools = [
        Tool(
            name="read",
            description="Reads a thing",
            tags=["thing", "read"],
            inputs=ToolInputOutputSchema(properties={"id": text, "page": {"type": "integer", "minimum": 1}}, required=["id"]),
            outputs=ToolInputOutputSchema(properties={"path": text}),
            tool_provider=HttpProvider(name="things", url=f"{base}/things/{{id}}", http_method="GET"),
        ),
        Tool(
            name="write",
            description="Writes a thing",
            tags=["thing", "write"],
            inputs=ToolInputOutputSchema(properties={"doc": {"type": "object"}}),
            average_response_size=120,
            tool_provider=HttpProvider(
                name="things",
                url=f"{base}/things",
                http_method="POST",
                body_field="doc",
                header_fields=["X-Trace"],
                headers={"X-Fixed": "yes"},
                auth=ApiKeyAuth(api_key="key-1", var_name="X-Api-Key"),
            ),
        ),
    ]
    return json.loads(UtcpManual(version="0.1.7", tools=tools).model_dump_json())


async def tools(path):
    client = await UtcpClient.create(config={"providers_file_path": path})
    found = await client.tool_repository.get_tools()
    return [{"name": t.name, "description": t.description, "tags": t.tags, "inputs": t.inputs.model_dump(exclude_none=True)} for t in found]


async def call(path, name, arguments):
    client = await UtcpClient.create(config={"providers_file_path": path})
    return await client.call_tool(name, json.loads(arguments))


def names(path):
    with open(path) as file:
        return [t.name for t in UtcpManual.model_validate(json.load(file)).tools]


def main(command, *arguments):
    if command in ("manual", "names"):
        return {"manual": manual, "names": names}[command](*arguments)
    return asyncio.run({"tools": tools, "call": call}[command](*arguments))


if __name__ == "__main__":
    print("\n" + json.dumps(main(*sys.argv[1:])))
