"""python-utcp v1 as a peer. The last line of output is JSON.

    manual BASE                        a manual that its serializer writes; the tools are at BASE
    config BASE                        a client configuration that its serializer writes; the manual is at BASE/utcp
    tools CONFIG                       what its client registers from a configuration file
    call CONFIG TOOL ARGUMENTS         what its client gets from a call
    names MANUAL                       the tools that its models take from a manual; those of protocols whose plug-in is not
                                       installed are not asked about
"""

import asyncio
import json
import os
import sys

from utcp.data.auth_implementations import ApiKeyAuth
from utcp.data.tool import JsonSchema, Tool
from utcp.data.utcp_client_config import UtcpClientConfig, UtcpClientConfigSerializer
from utcp.data.call_template import CallTemplateSerializer
from utcp.data.utcp_manual import UtcpManual, UtcpManualSerializer
from utcp.plugins.plugin_loader import ensure_plugins_initialized
from utcp.utcp_client import UtcpClient

ensure_plugins_initialized()
from utcp_http.http_call_template import HttpCallTemplate  # noqa: E402  (plug-ins must be loaded first)


def manual(base):
    text = {"type": "string"}
    tools = [
        Tool(
            name="read",
            description="Reads a thing",
            tags=["thing", "read"],
            inputs=JsonSchema(type="object", properties={"id": JsonSchema(**text), "page": JsonSchema(type="integer", minimum=1)}, required=["id"]),
            outputs=JsonSchema(type="object", properties={"path": JsonSchema(**text)}, additionalProperties=True),
            tool_call_template=HttpCallTemplate(url=f"{base}/things/{{id}}", http_method="GET"),
        ),
        Tool(
            name="write",
            description="Writes a thing",
            tags=["thing", "write"],
            inputs=JsonSchema(type="object", properties={"doc": JsonSchema(**{"$ref": "#/$defs/doc"})}, **{"$defs": {"doc": {"type": "object"}}}),
            average_response_size=120,
            tool_call_template=HttpCallTemplate(
                url=f"{base}/things",
                http_method="POST",
                body_field="doc",
                header_fields=["X-Trace"],
                headers={"X-Fixed": "yes"},
                auth=ApiKeyAuth(api_key="key-1", var_name="X-Api-Key", location="header"),
            ),
        ),
    ]
    return UtcpManualSerializer().to_dict(UtcpManual(manual_version="2.3.0", tools=tools))


def config(base):
    template = HttpCallTemplate(name="shop", url=f"{base}/utcp", auth=ApiKeyAuth(api_key="$KEY", var_name="X-Api-Key", location="header"))
    made = UtcpClientConfig(variables={"shop_KEY": "key-2"}, manual_call_templates=[template])
    return UtcpClientConfigSerializer().to_dict(made)


async def tools(path):
    client = await UtcpClient.create(root_dir=os.path.dirname(os.path.abspath(path)), config=path)
    found = await client.config.tool_repository.get_tools()
    return [{"name": t.name, "description": t.description, "tags": t.tags, "inputs": t.inputs.model_dump(by_alias=True, exclude_none=True)} for t in found]


async def call(path, name, arguments):
    client = await UtcpClient.create(root_dir=os.path.dirname(os.path.abspath(path)), config=path)
    return await client.call_tool(name, json.loads(arguments))


def names(path):
    with open(path) as file:
        source = json.load(file)
    known = CallTemplateSerializer.call_template_serializers
    source["tools"] = [t for t in source["tools"] if t["tool_call_template"]["call_template_type"] in known]
    return [t.name for t in UtcpManualSerializer().validate_dict(source).tools]


def main(command, *arguments):
    if command in ("manual", "config", "names"):
        return {"manual": manual, "config": config, "names": names}[command](*arguments)
    return asyncio.run({"tools": tools, "call": call}[command](*arguments))


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
