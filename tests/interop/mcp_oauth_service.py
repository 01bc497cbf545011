"""An MCP server that wants bearer tokens, with the authorization server of the Python MCP SDK: metadata, registration, PKCE, refresh
tokens that change with each use. Agreeing takes no click. The tool `counts` gives what it was asked.

Arguments: the life of an access token in seconds; the scope that it wants.
"""

import secrets
import socket
import sys
import time

import uvicorn
from mcp.server.auth.provider import AccessToken, AuthorizationCode, RefreshToken, construct_redirect_uri
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import OAuthToken

LIFE = int(sys.argv[1])
SCOPE = sys.argv[2]
seen = {"registrations": 0, "authorizations": 0, "codes": 0, "refreshes": 0, "resource": None, "scopes": None}


class Provider:
    def __init__(self):
        self.clients, self.codes, self.access, self.refresh = {}, {}, {}, {}

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def register_client(self, client_info):
        seen["registrations"] += 1
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client, params):
        seen["authorizations"] += 1
        seen["resource"] = params.resource
        seen["scopes"] = params.scopes
        code = AuthorizationCode(code=secrets.token_urlsafe(32), scopes=params.scopes or [], expires_at=time.time() + 60, client_id=client.client_id,
                                 code_challenge=params.code_challenge, redirect_uri=params.redirect_uri,
                                 redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly, resource=params.resource)
        self.codes[code.code] = code
        return construct_redirect_uri(str(params.redirect_uri), code=code.code, state=params.state)

    async def load_authorization_code(self, client, authorization_code):
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client, authorization_code):
        seen["codes"] += 1
        del self.codes[authorization_code.code]
        return self.grant(client, authorization_code.scopes, authorization_code.resource)

    async def load_refresh_token(self, client, refresh_token):
        return self.refresh.get(refresh_token)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        seen["refreshes"] += 1
        del self.refresh[refresh_token.token]
        return self.grant(client, scopes, refresh_token.resource)

    async def load_access_token(self, token):
        found = self.access.get(token)
        return found if found and found.expires_at >= time.time() else None

    async def revoke_token(self, token):
        pass

    def grant(self, client, scopes, resource):
        access = AccessToken(token=secrets.token_urlsafe(32), client_id=client.client_id, scopes=scopes, expires_at=int(time.time()) + LIFE, resource=resource)
        refresh = RefreshToken(token=secrets.token_urlsafe(32), client_id=client.client_id, scopes=scopes, resource=resource)
        self.access[access.token] = access
        self.refresh[refresh.token] = refresh
        return OAuthToken(access_token=access.token, token_type="Bearer", expires_in=LIFE, scope=" ".join(scopes), refresh_token=refresh.token)


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()  # whoever comes before the server is up waits
base = f"http://127.0.0.1:{listener.getsockname()[1]}"
provider = Provider()
settings = AuthSettings(issuer_url=base, resource_server_url=f"{base}/mcp", required_scopes=[SCOPE], validate_token_resource=True,
                        client_registration_options=ClientRegistrationOptions(enabled=True, valid_scopes=[SCOPE, "more"], default_scopes=[SCOPE]))
server = MCPServer("guarded", auth_server_provider=provider, auth=settings, log_level="ERROR")


@server.tool()
def counts() -> dict:
    """What the authorization server was asked so far."""
    return seen


print(f"listening on {base}", flush=True)
uvicorn.Server(uvicorn.Config(server.streamable_http_app(), log_level="error")).run(sockets=[listener])
