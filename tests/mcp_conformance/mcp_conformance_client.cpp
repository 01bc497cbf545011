// The client under test of the MCP conformance suite: `mcp_conformance_client URL`, with the scenario in the environment.
// It drives the public API and nothing else; what passes is the library's doing.

#include <utcp/document.hpp>
#include <utcp/mcp/oauth_authorizer.hpp>
#include <utcp/mcp/session.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace {

using namespace utcp;

// The suite waits for ever for the sockets of a client that it gave up; its own limit is 120 s.
constexpr unsigned watchdog_seconds = 60;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// What the suite wants to see done.
struct assignment {
  std::string scenario = variable("MCP_CONFORMANCE_SCENARIO");
  std::string revision = variable("MCP_CONFORMANCE_PROTOCOL_VERSION");
  json context = json::object();
};

void say(const std::string& what, const error& why) { std::fprintf(stderr, "%s: %s %s\n", what.c_str(), why.message.c_str(), write_json(why.remote).c_str()); }

// The suite's server agrees at once; its redirect is not followed, since nobody listens there.
task<result<std::string>> agree(std::shared_ptr<net::http_client> http, std::string url) {
  net::http_request request;
  auto target = net::url::parse(url);
  if (!target) co_return target.error();
  request.target = *std::move(target);
  auto answer = co_await http->send(std::move(request));
  if (!answer) co_return answer.error();
  const std::string location(answer->fields.find("location").value_or(""));
  co_return location.substr(std::min(location.find('?') + 1, location.size()));
}

class driver {
 public:
  driver(boost::asio::io_context& io, assignment what, std::string url)
      : what_(std::move(what)), http_(std::make_shared<net::http_client>(io.get_executor())), session_(io.get_executor(), address(io, std::move(url)), options()) {}

  task<bool> run() {
    const bool done = co_await drive();
    co_await session_.close();
    co_return done;
  }

 private:
  mcp::http_server address(boost::asio::io_context& io, std::string url) {
    mcp::http_server out;
    out.parts.client = http_;
    if (what_.scenario.starts_with("auth/")) {
      auto made = mcp::oauth_authorizer::make(url, identity(), authorizer_parts(io));
      if (made) out.authorization = *std::move(made);
      else say("authorizer", made.error());
    }
    out.url = std::move(url);
    return out;
  }

  mcp::oauth_parts authorizer_parts(boost::asio::io_context& io) {
    mcp::oauth_parts out;
    out.executor = io.get_executor();
    out.http = http_;
    out.person = mcp::make_callback_browser("http://127.0.0.1:33418/callback", [http = http_](std::string url) { return agree(http, std::move(url)); });
    if (what_.scenario == "auth/wif-jwt-bearer")
      out.assertion = [this](std::string, std::string) { return workload_assertion(); };
    if (what_.scenario == "auth/enterprise-managed-authorization") {
      mcp::identity_provider idp;
      idp.token_endpoint = what_.context.value("idp_token_endpoint", "");
      idp.client_id = what_.context.value("idp_client_id", "");
      idp.id_token = secret(what_.context.value("idp_id_token", ""));
      out.assertion = mcp::make_enterprise_assertion(http_, std::move(idp));
    }
    return out;
  }

  task<result<secret>> workload_assertion() { co_return secret(what_.context.value("valid_jwt", "")); }

  mcp::oauth_options identity() {
    mcp::oauth_options out;
    out.client_name = "utcp-conformance-client";
    out.client_metadata_url = "https://conformance-test.local/client-metadata.json";
    out.client_id = what_.context.value("client_id", "");
    out.client_secret = secret(what_.context.value("client_secret", ""));
    out.private_key = secret(what_.context.value("private_key_pem", ""));
    if (what_.scenario == "auth/wif-jwt-bearer" || what_.scenario == "auth/enterprise-managed-authorization") out.grant = mcp::oauth_grant::jwt_bearer;
    if (what_.scenario.starts_with("auth/client-credentials-")) out.grant = mcp::oauth_grant::client_credentials;
    return out;
  }

  mcp::session_options options() {
    mcp::session_options out;
    out.client = mcp::implementation("utcp-conformance-client", "1");
    const std::string& scenario = what_.scenario;
    // Tool lists of the handshake era depend on what a client offers: offer what the scenario is about.
    if (scenario == "elicitation-sep1034-client-defaults" || scenario == "sep-2322-client-request-state" || scenario == "request-metadata")
      out.callbacks.fill_form = [this](json) { return fill_form(); };
    if (scenario == "request-metadata") {
      out.callbacks.roots = [] { return std::vector<json>(); };
      out.callbacks.sample = [](json) { return decline(); };
    }
    out.callbacks.on_notice = [](notice told) { std::fprintf(stderr, "notice: %s\n", told.message.c_str()); };
    return out;
  }

  static task<result<json>> decline() { co_return error(errc::not_allowed, "User rejected"); }

  task<result<json>> fill_form() {
    if (what_.scenario == "sep-2322-client-request-state" && !called_unrelated_) {
      called_unrelated_ = true;  // a call between the rounds of another one
      co_await call("test_mrtr_unrelated", json::object());
    }
    json answer = json::object();
    answer["action"] = "accept";
    if (what_.scenario == "sep-2322-client-request-state") answer["content"]["confirmed"] = true;
    co_return answer;
  }

  task<bool> call(std::string name, json arguments) {
    auto done = co_await session_.call_tool(name, std::move(arguments));
    if (!done) say(name, done.error());
    co_return done.has_value();
  }

  static json sample_arguments(const mcp::tool& of) {
    json out = json::object();
    const json schema = of.input_schema();
    if (!schema.contains("properties")) return out;
    const json& properties = schema["properties"];
    for (const auto& [name, property] : properties.items()) {
      const std::string type = property.is_object() && property.contains("type") && property["type"].is_string() ? property["type"].get<std::string>() : "string";
      if (type == "number" || type == "integer") out[name] = out.size() + 2;
      else if (type == "boolean") out[name] = true;
      else if (type == "string") out[name] = "value";
    }
    return out;
  }

  task<bool> drive() {
    auto tools = co_await session_.list_tools();
    if (!tools) {
      say("tools/list", tools.error());
      co_return false;
    }
    if (what_.scenario == "json-schema-ref-no-deref" || what_.scenario == "initialize") co_return true;
    if (what_.scenario == "http-custom-headers") co_return co_await replay();
    if (what_.scenario == "json-schema-2020-12-preservation") co_return co_await echo_schema(*tools);
    bool fine = true;
    for (const mcp::tool& each : *tools) {
      if (each.name() == "test_mrtr_unrelated" && called_unrelated_) continue;
      json arguments = sample_arguments(each);
      fine = co_await call(each.name(), std::move(arguments)) && fine;
    }
    if (what_.scenario == "http-standard-headers") fine = co_await look_around() && fine;
    co_return fine;
  }

  task<bool> replay() {
    for (const json& each : what_.context["toolCalls"]) {
      json arguments = each.value("arguments", json::object());
      if (!co_await call(each.value("name", ""), std::move(arguments))) co_return false;
    }
    co_return true;
  }

  task<bool> echo_schema(std::vector<mcp::tool> tools) {
    for (const mcp::tool& each : tools) {
      json arguments = sample_arguments(each);
      if (each.name() == "json_schema_echo") {
        for (const mcp::tool& other : tools)
          if (other.name() != each.name()) arguments["schema"] = other.input_schema();
      }
      co_await call(each.name(), std::move(arguments));
    }
    co_return true;
  }

  task<bool> look_around() {
    if (session_.server().has("resources")) {
      auto resources = co_await session_.list_resources();
      if (!resources) co_return false;
      for (const json& each : *resources) {
        auto read = co_await session_.read_resource(each.value("uri", ""));
        if (!read) say("resources/read", read.error());
      }
    }
    if (session_.server().has("prompts")) {
      auto prompts = co_await session_.list_prompts();
      if (!prompts) co_return false;
      for (const json& each : *prompts) {
        auto got = co_await session_.get_prompt(each.value("name", ""), json());
        if (!got) say("prompts/get", got.error());
      }
    }
    co_return true;
  }

  assignment what_;
  bool called_unrelated_ = false;
  std::shared_ptr<net::http_client> http_;
  mcp::session session_;
};

}  // namespace

int main(int count, char** words) {
  if (count < 2) return 2;
  ::alarm(watchdog_seconds);
  assignment what;
  if (const std::string text = variable("MCP_CONFORMANCE_CONTEXT"); !text.empty()) {
    auto parsed = parse_json(text);
    if (!parsed) return 2;
    what.context = *std::move(parsed);
  }
  boost::asio::io_context io(1);
  driver drives(io, std::move(what), words[count - 1]);
  bool fine = false;
  boost::asio::co_spawn(io, drives.run(), [&](std::exception_ptr thrown, bool done) {
    fine = !thrown && done;
    io.stop();
  });
  io.run();
  return fine ? 0 : 1;
}
