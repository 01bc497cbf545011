#include "http_channel.hpp"

#include <utcp/auth/http_session.hpp>
#include <utcp/net/media_type.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>

#include <algorithm>
#include <limits>

namespace utcp::mcp {
namespace {

constexpr int max_refusals = 10;  // an authorizer has its own, lower limits
constexpr std::size_t max_failure_bytes = 64u << 10;
constexpr std::size_t max_header_bytes = 8u << 10;

std::string all_fields(const net::http_head& head, std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < head.fields.size() && out.size() < max_header_bytes; ++i) {
    const auto [key, value] = head.fields[i];
    if (!net::equal_ignoring_case(key, name)) continue;
    if (!out.empty()) out += ", ";
    out += value;
  }
  return out;
}

}  // namespace

result<std::shared_ptr<http_channel>> http_channel::make(http_server server, wire_context context) {
  auto target = net::url::parse(server.url);
  if (!target) return target.error();
  if (auto fine = net::check_url(*target, server.allow_insecure_http, "MCP"); !fine) return fine.error();
  for (const net::http_header& each : server.headers)
    if (auto fine = net::check_header(each.name, each.value); !fine) return fine.error();
  return std::make_shared<http_channel>(std::move(server), *std::move(target), std::move(context));
}

http_channel::http_channel(http_server server, net::url target, wire_context context)
    : server_(std::move(server)), target_(std::move(target)), context_(std::move(context)) {
  if (!server_.parts.client) server_.parts.client = std::make_shared<net::http_client>(context_.executor);
  if (!server_.parts.tokens) server_.parts.tokens = std::make_shared<oauth2_tokens>(context_.executor, server_.parts.client, context_.options->clock);
  rules_.purpose = "MCP";
  rules_.allow_insecure_http = server_.allow_insecure_http;
  rules_.allow_private_addresses = server_.allow_private_addresses;
  rules_.elsewhere = server_.elsewhere;
  for (const net::http_header& each : server_.headers) rules_.secret_headers.push_back(each.name);
  for (const char* name : {"Mcp-Session-Id", "Authorization"}) rules_.secret_headers.push_back(name);
}

http_plan http_channel::plan(http_ask what) const {
  http_plan out;
  out.request.method = std::move(what.method);
  out.request.target = what.target ? *std::move(what.target) : target_;
  out.request.headers = server_.headers;
  for (net::http_header& each : what.headers) out.request.headers.set(std::move(each.name), std::move(each.value));
  out.request.body = std::move(what.body);
  out.request.connection = server_.connection;
  out.request.max_response_bytes = std::numeric_limits<std::size_t>::max();  // messages are bounded one by one
  out.deadline = what.deadline;
  // The engine lives by the system's clock; the session's may be another one in tests.
  if (what.deadline != time_point::max()) out.request.deadline = time_point::clock::now() + (what.deadline - context_.options->clock->now());
  out.request.deadline_covers_stream = what.whole;
  out.rules = rules_;
  out.credentials = server_.credentials;
  return out;
}

void http_channel::hold(const http_ask& what, bool held) const {
  if (auto sink = context_.sink.lock()) sink->on_held(what.for_request.value_or(0), held);
}

task<result<net::http_stream>> http_channel::open(http_ask what) { return open_with(shared_from_this(), std::move(what)); }

task<result<net::http_stream>> http_channel::open_with(std::shared_ptr<http_channel> self, http_ask what) {
  const std::shared_ptr<authorizer> authorization = self->server_.authorization;
  if (!authorization) {
    http_plan asked = self->plan(std::move(what));
    co_return co_await open_exchange(self->server_.parts, std::move(asked));
  }
  for (int refusals = 0;; ++refusals) {
    refusal why;
    self->hold(what, true);
    auto value = co_await authorization->authorization();
    self->hold(what, false);
    if (!value) co_return value.error();
    why.used = *std::move(value);
    http_plan asked = self->plan(what);
    if (why.used) asked.request.headers.set("Authorization", why.used->reveal());
    auto answer = co_await open_exchange(self->server_.parts, std::move(asked));
    if (!answer) co_return answer;
    const int status = answer->head.status;
    if ((status != 401 && status != 403) || refusals == max_refusals || !answer->request.target.same_origin(self->target_)) co_return answer;
    why.status = status;
    why.www_authenticate = all_fields(answer->head, "www-authenticate");
    self->hold(what, true);
    auto again = co_await authorization->refused(std::move(why));
    self->hold(what, false);
    if (!again) co_return again.error();
    if (!*again) co_return answer;
  }
}

task<result<std::string>> read_body(std::shared_ptr<net::http_body_stream> from, std::size_t limit) {
  std::string out;
  for (;;) {
    auto more = co_await from->read();
    if (!more) co_return more.error();
    if (!*more) co_return out;
    if (out.size() + (*more)->size() > limit) co_return error(errc::too_large, "an answer of the MCP server has more than " + std::to_string(limit) + " bytes");
    if (out.empty()) out = **std::move(more);
    else out += **more;
  }
}

error failure_of_status(net::http_request sent, net::http_head head, std::string body) {
  net::http_response whole;
  static_cast<net::http_head&>(whole) = std::move(head);
  whole.request = std::move(sent);
  if (body.size() > max_failure_bytes) body.resize(max_failure_bytes);
  whole.body = std::move(body);
  return net::status_error(std::move(whole));
}

std::string type_of(const net::http_head& head) { return net::media_type_of(head.fields.find("content-type").value_or("")); }

error error_of_thrown(const std::exception& thrown) { return error_of_exception(thrown, "mcp"); }

}  // namespace utcp::mcp
