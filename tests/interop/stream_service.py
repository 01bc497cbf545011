"""FastAPI with sse-starlette: event streams and other streams, well-behaved and not. Prints its address; runs until stopped.

/state tells what became of the connections: how many streams are open, how many were left early by the caller.
"""

import asyncio
import json
import socket

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from sse_starlette.sse import EventSourceResponse, ServerSentEvent

app = FastAPI()
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("127.0.0.1", 0))
base = f"http://127.0.0.1:{listener.getsockname()[1]}"
state = {"open": 0, "left": 0, "connections": []}


class Broken(Exception):
    """Ends a chunked answer without its end."""


async def watched(items, gap=0.0):
    state["open"] += 1
    try:
        async for item in items:
            yield item
            await asyncio.sleep(gap)
    except (asyncio.CancelledError, GeneratorExit):
        state["left"] += 1
        raise
    finally:
        state["open"] -= 1


async def each(values):
    for value in values:
        yield value


async def endless(make):
    n = 0
    while True:
        yield make(n)
        n += 1


def events(values, **options):
    return EventSourceResponse(watched(each(values)), **options)


@app.get("/state")
def tell_state():
    return state


@app.post("/reset")
def reset():
    state.update(left=0, connections=[])


def tool(name, path, kind, **template):
    return {"name": name, "description": name, "inputs": {"type": "object", "properties": {}},
            "tool_provider": {"provider_type": kind, "url": base + path, **template}}


@app.get("/utcp")
def manual():
    return {"version": "1.0", "tools": [tool("count", "/events/count", "sse"), tool("rows", "/rows", "http_stream")]}


# Event streams.


@app.get("/events/count")
def count(n: int = 3):
    return events([ServerSentEvent(data=json.dumps({"n": i}), id=str(i)) for i in range(n)])


@app.get("/events/named")
def named():
    return events([
        ServerSentEvent(data='"a tick"', event="tick", id="1"),
        ServerSentEvent(data='"a tock"', event="tock"),
        ServerSentEvent(data='"no name"'),
        ServerSentEvent(data='"called message"', event="message"),
        ServerSentEvent(data='"another tick"', event="tick"),
    ])


@app.get("/events/lines")
def lines(sep: str = "\r\n"):
    return events([
        ServerSentEvent(data="first\nsecond\n\n  fourth ", sep=sep),
        ServerSentEvent(data="ünïcödé 🙂 \u2028 日本", sep=sep),
        ServerSentEvent(data='{"a":\n [1,\n  2]}', sep=sep),
        ServerSentEvent(comment="a comment between", sep=sep),
        ServerSentEvent(data="", sep=sep),
        ServerSentEvent(data="data: inside", event="odd", retry=250, sep=sep),
    ], sep=sep)


@app.get("/events/pinged")
def pinged():
    async def late():
        yield ServerSentEvent(data="1")
        await asyncio.sleep(2.3)
        yield ServerSentEvent(data="2")

    return EventSourceResponse(watched(late()), ping=1)


@app.get("/events/endless")
def endless_events(gap: float = 0.02):
    return EventSourceResponse(watched(endless(lambda n: ServerSentEvent(data=json.dumps({"n": n}), id=str(n))), gap))


@app.get("/events/silent")
def silent_events():
    """One event, then pings only."""
    async def silent():
        yield ServerSentEvent(data="1")
        await asyncio.sleep(600)

    return EventSourceResponse(watched(silent()), ping=1)


@app.get("/events/resumed")
def resumed(request: Request, total: int = 5, each_time: int = 2, retry: int = 50, failures: int = 0):
    """`each_time` events a connection, then it breaks, until `total` have been sent. The numbers go on from Last-Event-ID. The
    second connection and those after it first fail `failures` times with 503. With a negative `retry` it says nothing of it."""
    last = request.headers.get("last-event-id")
    state["connections"].append(last)
    if 1 < len(state["connections"]) <= 1 + failures:
        raise HTTPException(503, detail="not yet")

    async def some():
        first = 0 if last is None else int(last) + 1
        for i in range(first, min(first + each_time, total)):
            yield ServerSentEvent(data=json.dumps(i), id=str(i), retry=retry if retry >= 0 else None)
        if first + each_time < total:
            await asyncio.sleep(0.02)
            raise Broken()

    return EventSourceResponse(watched(some()))


@app.get("/events/broken")
def broken_always(request: Request, ids: bool = True):
    """One event, then the connection breaks, each time."""
    state["connections"].append(request.headers.get("last-event-id"))
    number = len(state["connections"])

    async def one():
        yield ServerSentEvent(data=json.dumps(number), id=str(number) if ids else None, retry=20)
        await asyncio.sleep(0.02)
        raise Broken()

    return EventSourceResponse(watched(one()))


@app.get("/events/gone")
def gone(request: Request):
    """Breaks after one event; to those who come again it says with 204 that there is no more."""
    state["connections"].append(request.headers.get("last-event-id"))
    if len(state["connections"]) > 1:
        return Response(status_code=204)

    async def one():
        yield ServerSentEvent(data="1", id="1", retry=20)
        await asyncio.sleep(0.02)
        raise Broken()

    return EventSourceResponse(watched(one()))


@app.post("/events/ask")
async def ask(request: Request):
    """As chat services answer: a token an event, then [DONE]."""
    state["connections"].append(request.headers.get("last-event-id"))
    body = await request.json()
    answer = [ServerSentEvent(data=json.dumps({"token": word}), id=str(i)) for i, word in enumerate(body["prompt"].split())]
    return events([*answer, ServerSentEvent(data="[DONE]")], headers={"X-Asked-As": request.headers["content-type"], "X-Accepts": request.headers["accept"]})


@app.post("/events/ask_broken")
async def ask_broken(request: Request):
    await request.body()
    return broken_always(request)


@app.get("/events/echo")
def echo(request: Request):
    return events([ServerSentEvent(data=json.dumps({"query": str(request.url.query), "headers": dict(request.headers)}))])


@app.get("/events/raw")
def raw(text: str):
    """The bytes of `text`, one at a time."""
    return StreamingResponse(watched(each([bytes([byte]) for byte in text.encode()])), media_type="text/event-stream")


# What is no event stream.


@app.get("/error/{status}")
def error(status: int):
    return JSONResponse({"detail": f"this is {status}"}, status_code=status)


@app.get("/page")
def page():
    return PlainTextResponse("data: 1\n\n", media_type="text/html")


@app.get("/nothing")
def nothing():
    return Response(status_code=204)


# Other streams.


@app.get("/rows")
@app.post("/rows")
async def rows(request: Request, n: int = 3, gap: float = 0.0, kind: str = "application/x-ndjson"):
    prefix = {"sent": (await request.body()).decode()} if request.method == "POST" else {}
    values = [json.dumps({"row": i, "text": "ä\u2028", **prefix}, ensure_ascii=False).encode() + b"\n" for i in range(n)]
    return StreamingResponse(watched(each(values), gap), media_type=kind)


@app.get("/rows/odd")
def odd_rows():
    """Blank lines, CRLF, a line cut in three, one that is no JSON, and a last one without an end."""
    parts = [b"\n\n{\"a\":1}\r\n", b"{\"b\"", b":\"\xc3", b"\xa4\"}\n", b"not json\n", b"[1,2]\n\n", b"null\n", b"\"last\""]
    return StreamingResponse(watched(each(parts), 0.02), media_type="application/x-ndjson; charset=utf-8")


@app.get("/rows/endless")
def endless_rows(gap: float = 0.02):
    return StreamingResponse(watched(endless(lambda n: json.dumps({"n": n}).encode() + b"\n"), gap), media_type="application/x-ndjson")


@app.get("/rows/broken")
def broken_rows():
    async def some():
        yield b"{\"row\":0}\n"
        await asyncio.sleep(0.05)
        raise Broken()

    return StreamingResponse(watched(some()), media_type="application/x-ndjson")


@app.get("/whole")
def whole(bad: bool = False):
    parts = [b'{"a": [1,', b" 2, ", b"" if bad else b"3]}"]
    return StreamingResponse(watched(each(parts), 0.02), media_type="application/json")


@app.get("/octets")
def octets(n: int = 10_000, part: int = 1000, gap: float = 0.0, kind: str = "application/octet-stream"):
    data = bytes(i * 7 % 256 for i in range(n))
    return StreamingResponse(watched(each([data[i:i + part] for i in range(0, n, part)]), gap), media_type=kind)


@app.get("/octets/many")
def many(megabytes: int):
    block = bytes(range(256)) * 4096
    return StreamingResponse(watched(each([block] * megabytes)), media_type="application/octet-stream")


class Announced(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets=sockets)
        print(f"listening on {base}", flush=True)


if __name__ == "__main__":
    Announced(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1)).run(sockets=[listener])
