"""An MCP server on the Python SDK of spring 2025."""

from mcp.server.fastmcp import FastMCP

service = FastMCP("old")


@service.tool()
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


service.run()
