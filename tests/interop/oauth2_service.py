"""An OAuth2 authorization server (Authlib on Flask) and a service whose manual and tool want its bearer tokens.

The clients differ in how they may prove who they are and in what becomes of their tokens:
  basic   by HTTP Basic only
  post    in the body only
  brief   is told that its tokens live for one second
  stale   its first token is revoked before it is used

Issuers are /post and /basic, each with metadata that lists one way to prove who asks, /openid, whose metadata stand only
where OpenID has them, and /mirror, whose metadata are those of /post.
"""

import logging
import os
import socket
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain http, on the loopback address only

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector, current_token
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants, list_to_scope, scope_to_list
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oidc.discovery import get_well_known_url as get_openid_url
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

SECRET = "s3cr3t & more"
METHODS = {"basic": ["client_secret_basic"], "post": ["client_secret_post"]}
ANY = ["client_secret_basic", "client_secret_post"]


class Client(ClientMixin):
    def __init__(self, name):
        self.name = name

    def get_client_id(self):
        return self.name

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return list_to_scope([each for each in scope_to_list(scope or "") if each == "tools"])

    def check_redirect_uri(self, redirect_uri):
        return False

    def check_client_secret(self, client_secret):
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method in METHODS.get(self.name, ANY)

    def check_response_type(self, response_type):
        return False

    def check_grant_type(self, grant_type):
        return grant_type == "client_credentials"


class Token(TokenMixin):
    def __init__(self, client, fields):
        self.client, self.scope = client, fields.get("scope", "")
        self.ends = time.time() + fields["expires_in"]
        self.revoked = False

    def is_expired(self):
        return time.time() > self.ends

    def is_revoked(self):
        return self.revoked

    def get_scope(self):
        return self.scope


class Validator(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return tokens.get(token_string)


class ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ANY


tokens = {}
issued = {}  # client: number of tokens
asked = {}  # client: number of requests to the token endpoint


def save(fields, asked):
    client = asked.client.name
    token = tokens[fields["access_token"]] = Token(client, fields)
    issued[client] = issued.get(client, 0) + 1
    token.revoked = client == "stale" and issued[client] == 1


app = Flask(__name__)
app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"client_credentials": 600}
clients = {name: Client(name) for name in ("basic", "post", "brief", "stale")}
server = AuthorizationServer(app, query_client=clients.get, save_token=save)
server.register_grant(ClientCredentials)
require = ResourceProtector()
require.register_token_validator(Validator())


@app.post("/token")
def token():
    client = request.authorization.username if request.authorization else request.form.get("client_id")
    asked[client] = asked.get(client, 0) + 1
    answer = server.create_token_response()
    fields = answer.get_json()
    if "access_token" in fields and tokens[fields["access_token"]].client == "brief":
        return jsonify({**fields, "expires_in": 1})
    return answer


def metadata_of(issuer):
    def answer():
        base = request.host_url.rstrip("/")
        told = AuthorizationServerMetadata({
            "issuer": base + ("/post" if issuer == "/mirror" else issuer),
            "token_endpoint": base + "/token",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["none"],
            "token_endpoint_auth_methods_supported": METHODS.get(issuer[1:], ANY),
        })
        told.validate()
        return jsonify(told)

    return answer


for issuer in ("/post", "/basic", "/mirror"):
    app.add_url_rule(get_well_known_url("http://issuer.example" + issuer), issuer, metadata_of(issuer))
app.add_url_rule(get_openid_url("http://issuer.example/openid"), "/openid", metadata_of("/openid"))


@app.get("/utcp")
@require(["tools"])
def manual():
    auth = {"auth_type": "oauth2", "client_id": current_token.client, "client_secret": "${SECRET}", "scope": "tools"}
    if "issuer" in request.args:
        auth["issuer"] = request.host_url + request.args["issuer"]
    else:
        auth["token_url"] = request.host_url + "token"
    if "client_auth" in request.args:
        auth["client_auth"] = request.args["client_auth"]
    where = {"provider_type": "http", "url": request.host_url + "whoami", "http_method": "GET", "auth": auth}
    return jsonify(version="1.0", tools=[{"name": "whoami", "description": "Who the token is for", "inputs": {"type": "object", "properties": {}}, "tool_provider": where}])


@app.get("/whoami")
@require(["tools"])
def whoami():
    client = current_token.client
    return jsonify(client=client, issued=issued[client], asked=asked[client])


if __name__ == "__main__":
    logging.getLogger("werkzeug").disabled = True
    listener = socket.create_server(("127.0.0.1", 0))
    httpd = make_server("127.0.0.1", listener.getsockname()[1], app, threaded=True, fd=listener.fileno())
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    httpd.serve_forever()
