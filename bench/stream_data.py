#!/usr/bin/env python3
"""Write what utcp-bench-streams reads, and the nginx configuration that serves it. usage: stream_data.py DIR PORT

DIR/events.sse holds a million small events, DIR/lines.ndjson as many JSON lines, DIR/zeros.bin is a sparse file of 2 GiB.
Then: nginx -c DIR/nginx.conf; stop it with nginx -c DIR/nginx.conf -s stop."""
import json, os, sys

folder, port = os.path.abspath(sys.argv[1]), int(sys.argv[2])
os.makedirs(folder, exist_ok=True)
count = 1_000_000


def path(name):
    return os.path.join(folder, name)


def template(protocol, name):
    return {"call_template_type": protocol, "name": name, "url": f"http://127.0.0.1:{port}/{name}", "http_method": "GET"}


def tool(name, protocol, file):
    return {"name": name, "description": name, "inputs": {"type": "object", "properties": {}}, "tool_call_template": template(protocol, file)}


with open(path("events.sse"), "w") as out:
    for i in range(count):
        out.write(f'data: {{"i":{i}}}\n\n')
with open(path("lines.ndjson"), "w") as out:
    for i in range(count):
        out.write(f'{{"i":{i}}}\n')
with open(path("zeros.bin"), "w") as out:
    out.truncate(2 << 30)

with open(path("manual.json"), "w") as out:
    tools = [tool("events", "sse", "events.sse"), tool("lines", "http_stream", "lines.ndjson"), tool("octets", "http_stream", "zeros.bin")]
    json.dump({"utcp_version": "1.0.1", "manual_version": "1.0.0", "tools": tools}, out)
with open(path("config.json"), "w") as out:
    manual = {"name": "m", "call_template_type": "text", "file_path": path("manual.json"), "allowed_communication_protocols": ["text", "sse", "http_stream"]}
    json.dump({"manual_call_templates": [manual]}, out)

with open(path("nginx.conf"), "w") as out:
    out.write(f"""worker_processes 1; daemon on; pid {path("nginx.pid")}; error_log {path("error.log")};
events {{ worker_connections 256; }}
http {{ access_log off; sendfile on; types {{ text/event-stream sse; application/x-ndjson ndjson; application/octet-stream bin; }}
 client_body_temp_path {path("t1")}; proxy_temp_path {path("t2")}; fastcgi_temp_path {path("t3")}; uwsgi_temp_path {path("t4")}; scgi_temp_path {path("t5")};
 server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
""")
