#pragma once

#include "fake_clock.hpp"
#include "loopback_http_server.hpp"
#include "oauth_request.hpp"
#include "run.hpp"

#include <utcp/mcp/oauth_authorizer.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

namespace utcp::testing {

/// An MCP server at /mcp that wants bearer tokens, and its authorization server at the same origin. `pages` replace what it answers.
class oauth_test : public ::testing::Test {
 protected:
  using page = std::function<scripted_reply(const recorded_request&)>;

  oauth_test() : server([this](const recorded_request& r) { return answer(r); }), http(std::make_shared<net::http_client>(io.get_executor())) {
    as_metadata = {{"issuer", issuer()},
                   {"authorization_endpoint", server.url("/authorize")},
                   {"token_endpoint", server.url("/token")},
                   {"registration_endpoint", server.url("/register")},
                   {"code_challenge_methods_supported", json::array({"S256"})},
                   {"token_endpoint_auth_methods_supported", json::array({"none", "client_secret_basic", "client_secret_post", "private_key_jwt"})}};
    resource = {{"resource", server.url("/mcp")}, {"authorization_servers", json::array({issuer()})}};
  }

  std::string issuer() const { return server.url("/as"); }
  static std::string path_of(const recorded_request& r) { return r.target.substr(0, r.target.find('?')); }
  static std::string query_value(const std::string& text, const std::string& name) {
    const auto pairs = mcp::read_query(text);
    for (const auto& [key, value] : *pairs)
      if (key == name) return value;
    return "(none)";
  }
  static std::string of_query(const recorded_request& r, const std::string& name) { return query_value(r.target.substr(std::min(r.target.find('?') + 1, r.target.size())), name); }

  scripted_reply answer(const recorded_request& r) {
    const std::string path = path_of(r);
    if (const auto it = pages.find(path); it != pages.end()) return it->second(r);
    if (path == "/mcp") return serve(r);
    if (path == "/.well-known/oauth-protected-resource/mcp") return json_reply(resource.dump());
    if (path == "/.well-known/oauth-authorization-server/as") return json_reply(as_metadata.dump());
    if (path == "/register") return json_reply(R"({"client_id":"registered","client_secret":"reg-s3cret","token_endpoint_auth_method":"client_secret_basic"})");
    if (path == "/authorize") {
      scopes_asked.push_back(of_query(r, "scope"));
      challenge = of_query(r, "code_challenge");
      return redirect_to(302, of_query(r, "redirect_uri") + "?code=c0de&state=" + of_query(r, "state") + "&iss=" + net::encode_component(issuer()));
    }
    if (path == "/token") return grant();
    return scripted_reply(404, "nothing here");
  }

  scripted_reply grant() {
    const std::string token = "t" + std::to_string(++granted);
    good.insert("Bearer " + token);
    json body{{"access_token", token}, {"token_type", "Bearer"}, {"expires_in", life}};
    if (with_refresh) body["refresh_token"] = "r" + std::to_string(granted);
    return json_reply(body.dump());
  }

  scripted_reply serve(const recorded_request& r) {
    const auto header = r.header("Authorization");
    if (header && good.contains(*header)) return json_reply("{}");
    return scripted_reply(401, "").with("WWW-Authenticate", www_authenticate.empty() ? "Bearer resource_metadata=\"" + server.url("/.well-known/oauth-protected-resource/mcp") + "\"" : www_authenticate);
  }

  std::shared_ptr<mcp::oauth_authorizer> make(mcp::oauth_options options = {}) {
    mcp::oauth_parts parts;
    parts.executor = io.get_executor();
    parts.http = http;
    parts.time = clock;
    parts.store = store;
    if (with_person) parts.person = mcp::make_callback_browser(redirect_uri, [this](std::string url) { return visit(std::move(url)); });
    parts.assertion = assertion;
    parts.on_notice = [this](notice told) { notices.push_back(told.message); };
    return mcp::oauth_authorizer::make(server.url("/mcp"), std::move(options), std::move(parts)).value();
  }

  task<result<std::string>> visit(std::string url) {
    ++visits;
    net::http_request request;
    request.target = net::url::parse(url).value();
    auto answer = co_await http->send(std::move(request));
    if (!answer) co_return answer.error();
    const std::string to(answer->fields.find("location").value_or(""));
    co_return to.substr(std::min(to.find('?') + 1, to.size()));
  }

  /// A request as the session sends it: the status, or why there is none.
  task<result<int>> request(std::shared_ptr<mcp::authorizer> by) {
    for (int i = 0; i < 20; ++i) {
      mcp::refusal why;
      auto value = co_await by->authorization();
      if (!value) co_return value.error();
      why.used = *value;
      net::http_request sent;
      sent.target = net::url::parse(server.url("/mcp")).value();
      if (why.used) sent.headers.set("Authorization", why.used->reveal());
      auto answer = co_await http->send(std::move(sent));
      if (!answer) co_return answer.error();
      if (answer->status != 401 && answer->status != 403) co_return answer->status;
      why.status = answer->status;
      why.www_authenticate = std::string(answer->fields.find("www-authenticate").value_or(""));
      auto again = co_await by->refused(std::move(why));
      if (!again) co_return again.error();
      if (!*again) co_return answer->status;
    }
    co_return error(errc::internal, "refused for ever");
  }
  result<int> ask(const std::shared_ptr<mcp::oauth_authorizer>& by) { return run(io, request(by)); }
  error failure(const std::shared_ptr<mcp::oauth_authorizer>& by) {
    auto done = ask(by);
    EXPECT_FALSE(done) << done.value();
    if (done) return error();
    const std::string shown = done.error().message + done.error().remote.dump();
    for (const char* hidden : {"c0de", "s3cret", "t1", "r1"}) EXPECT_THAT(shown, ::testing::Not(::testing::HasSubstr(hidden)));
    return done.error();
  }

  std::vector<recorded_request> asked(const std::string& path) const {
    std::vector<recorded_request> out;
    for (auto& each : server.requests())
      if (path_of(each) == path) out.push_back(each);
    return out;
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> out;
    for (const auto& each : server.requests()) out.push_back(path_of(each));
    return out;
  }

  boost::asio::io_context io;
  json as_metadata, resource;
  std::map<std::string, page> pages;
  std::string www_authenticate;
  std::set<std::string> good;
  std::vector<std::string> scopes_asked;
  std::string challenge;
  std::string redirect_uri = "http://127.0.0.1:9/callback";
  int granted = 0, visits = 0, life = 3600;
  bool with_refresh = false, with_person = true;
  mcp::assertion_source assertion;
  std::vector<std::string> notices;
  std::shared_ptr<fake_clock> clock = std::make_shared<fake_clock>();
  std::shared_ptr<mcp::token_store> store = mcp::make_memory_token_store();
  loopback_http_server server;
  std::shared_ptr<net::http_client> http;
};

}  // namespace utcp::testing
