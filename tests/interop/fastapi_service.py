"""The service of the v0.x README: a manual at /utcp and the tool it describes. Prints its address; runs until stopped."""

import json
import socket

import uvicorn
from fastapi import FastAPI, Form, Header, HTTPException, UploadFile
from pydantic import BaseModel

app = FastAPI()
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
base = f"http://127.0.0.1:{listener.getsockname()[1]}"


@app.get("/utcp")
def utcp_discovery():
    return {
        "version": "1.0",
        "tools": [
            {
                "name": "get_weather",
                "description": "Get current weather for a location",
                "inputs": {"type": "object", "properties": {"location": {"type": "string"}}},
                "outputs": {"type": "object", "properties": {"temperature": {"type": "number"}}},
                "tool_provider": {"provider_type": "http", "url": f"{base}/api/weather", "http_method": "GET"},
            },
            {
                "name": "echo",
                "description": "Gives back its body, path, query and header",
                "inputs": {"type": "object", "properties": {"body": {"type": "object"}, "part": {"type": "string"}}},
                "tool_provider": {
                    "provider_type": "http",
                    "url": f"{base}/echo/{{part}}",
                    "http_method": "POST",
                    "header_fields": ["X-Trace"],
                },
            },
            {
                "name": "upload",
                "description": "Tells what a form holds",
                "inputs": {"type": "object", "properties": {"body": {"type": "object"}}},
                "tool_provider": {"provider_type": "http", "url": f"{base}/upload", "http_method": "POST", "content_type": "multipart/form-data"},
            },
        ],
    }


@app.get("/api/weather")
def get_weather(location: str):
    return {"temperature": 22.5, "conditions": "Sunny", "location": location}


class Thing(BaseModel):
    value: str
    count: int = 1


@app.post("/echo/{part}")
def echo(part: str, thing: Thing, page: int = 0, x_trace: str | None = Header(None)):
    if thing.count < 0:
        raise HTTPException(422, detail="count is negative")
    return {"part": part, "value": thing.value, "count": thing.count, "page": page, "trace": x_trace}


@app.post("/upload")
async def upload(title: str = Form(), tags: list[str] = Form([]), about: str = Form("null"), files: list[UploadFile] = []):
    told = [[each.filename, each.content_type, (await each.read()).hex()] for each in files]
    return {"title": title, "tags": tags, "about": json.loads(about), "files": told}


@app.get("/keyed")
def keyed(x_api_key: str | None = Header(None)):
    if x_api_key != "right":
        raise HTTPException(401, detail="wrong key")
    return utcp_discovery()


class Announced(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        print(f"listening on {base}", flush=True)


if __name__ == "__main__":
    Announced(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
