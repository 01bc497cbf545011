"""A small fastmcp server: on stdin and stdout, or `http PORT`, or `sse PORT`."""

import sys
from dataclasses import dataclass

from fastmcp import Context, FastMCP

mcp = FastMCP("fastmcp-sample")


@dataclass
class Point:
    x: float
    y: float


@mcp.tool
def add(a: int, b: int) -> int:
    """Add two integers."""
    return a + b


@mcp.tool
def midpoint(p: Point, q: Point) -> Point:
    """Structured in, structured out."""
    return Point((p.x + q.x) / 2, (p.y + q.y) / 2)


@mcp.tool
async def count(n: int, ctx: Context) -> str:
    """Report progress n times."""
    for i in range(n):
        await ctx.report_progress(i + 1, n)
    return f"counted to {n}"


@mcp.tool
def broken() -> str:
    """Fails."""
    raise ValueError("broken on purpose")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        mcp.run(transport=sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]), show_banner=False)
    else:
        mcp.run(show_banner=False)
