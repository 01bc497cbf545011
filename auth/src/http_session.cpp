#include <utcp/auth/http_session.hpp>

#include "referenced_documents.hpp"

#include <utcp/auth/request_preview.hpp>
#include <utcp/document.hpp>
#include <utcp/net/manual_answer.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace utcp {
namespace {

constexpr std::size_t max_known_connections = 256;
constexpr std::size_t max_failure_bytes = 64u << 10;

result<std::optional<auth>> credentials_of(const call_template& how) {
  if (how.auth.is_null()) return std::optional<auth>();
  auto parsed = parse_auth(how.auth);
  if (!parsed) return std::move(parsed).error();
  return std::optional<auth>(*std::move(parsed));
}

const schema* inputs_of(const tool_call& what) { return what.tool ? &what.tool->inputs : nullptr; }

result<net::http_client_options> engine_options(const transport_services& services) {
  net::http_client_options out;
  for (const auto& [key, value] : services.http.items()) {
    const std::string place = services.source + "#/defaults/http/" + key + ": ";
    if (key == "libcurl_only") {
      if (!value.is_boolean()) return error(errc::invalid_config, place + "must be true or false");
      out.libcurl_only = value.get<bool>();
      continue;
    }
    std::size_t* to = key == "max_connections" ? &out.max_connections : key == "max_connections_per_host" ? &out.max_connections_per_host : nullptr;
    if (!to) {
      if (net::has_connection_options(json::object({{key, value}}))) continue;
      return error(errc::invalid_config, place + "unknown key; see docs/transports/http.md for those that are known");
    }
    const auto number = whole_number(value);
    if (!number || *number == 0 || *number > 65535) return error(errc::invalid_config, place + "must be an integer from 1 to 65535");
    *to = *number;
  }
  return out;
}

}  // namespace

std::shared_ptr<http_session> http_session::of(const transport_services& services) {
  const auto options = engine_options(services);
  http_parts parts;
  parts.client = services.shared->get<net::http_client>(
      [&] { return options ? std::make_shared<net::http_client>(services.executor, *options) : std::make_shared<net::http_client>(services.executor); });
  parts.tokens = services.shared->get<oauth2_tokens>([&] { return std::make_shared<oauth2_tokens>(services.executor, parts.client, services.clock); });
  return services.shared->get<http_session>([&] { return std::make_shared<http_session>(services, std::move(parts)); });
}

http_session::http_session(const transport_services& services, http_parts parts)
    : parts_(std::move(parts)), executor_(services.executor), clock_(services.clock), documents_(services.documents), limits_(services.limits), root_dir_(services.root_dir) {
  const auto engine = engine_options(services);
  if (engine) usual_ = net::usual_connection_options(services);
  else usual_ = engine.error();
  if (usual_) {
    usual_connections_.own = shared(*usual_);
    usual_connections_.elsewhere = shared(net::without_identity(*usual_));
  }
}

// The engine lives by the system's clock; the client's clock may be another one in tests.
time_point http_session::engine_deadline(time_point deadline) const {
  if (deadline == time_point::max()) return deadline;
  return time_point::clock::now() + (deadline - clock_->now());
}

net::connection_ptr http_session::shared(const net::connection_options& options) const {
  for (const auto& known : known_connections_)
    if (*known == options) return known;
  if (known_connections_.size() >= max_known_connections) known_connections_.clear();
  return known_connections_.emplace_back(std::make_shared<const net::connection_options>(options));
}

result<http_session::connections> http_session::connections_of(const call_template& how) const {
  if (!usual_) return usual_.error();
  if (!net::has_connection_options(how.options)) return usual_connections_;
  auto own = net::read_connection_options(how.options, place_of(how), root_dir_, *usual_);
  if (!own) return own.error();
  connections out;
  out.own = shared(*own);
  out.elsewhere = shared(net::without_identity(*own));
  return out;
}

result<http_plan> http_session::plan_for(const call_template& how, const call_context& context, net::tool_request request, const char* purpose) const {
  auto credentials = credentials_of(how);
  if (!credentials) return credentials.error();
  http_plan plan;
  plan.request = std::move(request.request);
  plan.deadline = context.deadline;
  plan.request.deadline = engine_deadline(context.deadline);
  plan.request.max_response_bytes = context.max_response_bytes;
  plan.request.want_timings = context.want_meta;
  plan.rules.purpose = purpose;
  plan.rules.allow_insecure_http = context.allow_insecure_http;
  plan.rules.allow_private_addresses = context.allow_private_addresses;
  plan.rules.query = std::move(request.query);
  plan.credentials = *std::move(credentials);
  return plan;
}

result<http_plan> http_session::plan_call(const tool_call& what, const call_context& context, const net::tool_request_options& options) const {
  auto built = net::build_tool_request(options, what.arguments, inputs_of(what), what.input);
  if (!built) return built.error();
  auto plan = plan_for(*what.how, context, *std::move(built), "tool invocation");
  if (!plan) return plan;
  if (what.how->origin == trust::configuration) {
    auto via = connections_of(*what.how);
    if (!via) return via.error();
    plan->request.connection = std::move(via->own);
    plan->rules.elsewhere = std::move(via->elsewhere);
    return plan;
  }
  if (!usual_) return usual_.error();
  const auto source = manuals_.find(context.manual);
  if (source == manuals_.end()) {  // another transport brought the manual
    plan->request.connection = plan->rules.elsewhere = usual_connections_.elsewhere;
    return plan;
  }
  const fetched_manual& known = source->second;
  plan->request.connection = plan->request.target.same_origin(known.from) ? known.via.own : known.via.elsewhere;
  plan->rules.elsewhere = known.via.elsewhere;
  plan->request.public_addresses_only = known.is_public && !context.allow_private_addresses;
  return plan;
}

result<http_plan> http_session::plan_discovery(const call_template& provider, const call_context& context, net::tool_request_options options) const {
  auto target = net::url::parse(options.url);
  if (!target) return target.error();
  auto via = connections_of(provider);
  if (!via) return via.error();
  net::tool_request bare;
  bare.request.method = options.method;
  bare.request.target = *std::move(target);
  bare.request.headers = std::move(options.headers);
  bare.request.limit_set_by = "\"max_manual_bytes\" in the configuration's \"defaults\"";
  auto plan = plan_for(provider, context, std::move(bare), "manual discovery");
  if (!plan) return plan;
  plan->request.connection = via->own;
  plan->rules.elsewhere = via->elsewhere;
  plan->request.want_peer = true;
  if (!context.may_be_unchanged) return plan;
  const auto fetched = manuals_.find(provider.name);
  const manual_version& known = fetched == manuals_.end() ? context.known_version : fetched->second.version;
  if (!known.entity_tag.empty()) plan->request.headers.set("If-None-Match", known.entity_tag);
  else if (!known.last_modified.empty()) plan->request.headers.set("If-Modified-Since", known.last_modified);
  return plan;
}

void http_session::remember(const std::string& manual, const http_plan& plan, const net::url& from, const net::http_response& answer) {
  fetched_manual& known = manuals_[manual];
  known.via.own = plan.request.connection;
  known.via.elsewhere = plan.rules.elsewhere;
  known.from = from;
  known.is_public = answer.peer ? *answer.peer == net::address_scope::public_use : !net::is_loopback_like(from.host());
  known.version.entity_tag = answer.fields.find("etag").value_or("");
  known.version.last_modified = answer.fields.find("last-modified").value_or("");
}

task<result<discovery>> http_session::discover(call_template provider, call_context context, net::tool_request_options options) {
  return run_discovery(shared_from_this(), std::move(provider), std::move(context), std::move(options));
}

task<result<discovery>> http_session::run_discovery(std::shared_ptr<http_session> self, call_template provider, call_context context,
                                                    net::tool_request_options options) {
  auto plan = self->plan_discovery(provider, context, std::move(options));
  if (!plan) co_return plan.error();
  http_plan asked = *plan;
  auto answer = co_await exchange(self->parts_, *std::move(plan));
  if (!answer) co_return answer.error();
  if (answer->status == 304 && context.may_be_unchanged) {
    discovery same;
    same.unchanged = true;
    const auto known = self->manuals_.find(provider.name);
    same.version = known == self->manuals_.end() ? context.known_version : known->second.version;
    co_return same;
  }
  const net::url from = asked.request.target;
  const std::string name = provider.name;
  auto shared_provider = std::make_shared<const call_template>(std::move(provider));
  referenced_documents others;
  if (answer->status >= 200 && answer->status < 300) {
    self->remember(name, asked, from, *answer);
    reference_fetch how = self->plan_references(shared_provider, context, std::move(asked), *answer);
    std::vector<std::string> urls = references_of(how, *answer);
    if (!urls.empty()) {
      auto fetched = co_await fetch_referenced(std::move(how), std::move(urls));
      if (!fetched) co_return fetched.error();
      others = *std::move(fetched);
    }
  }
  auto found = net::read_manual_answer(*std::move(answer), std::move(shared_provider), self->documents_, self->limits_, others.found);
  if (const auto known = self->manuals_.find(name); known != self->manuals_.end()) {
    // What could not be read, and what consists of several documents, is fetched whole next time.
    if (!found || others.found) known->second.version = manual_version();
    else found->version = known->second.version;
  }
  if (found) found->notices.insert(found->notices.end(), others.notices.begin(), others.notices.end());
  co_return found;
}

reference_fetch http_session::plan_references(std::shared_ptr<const call_template> provider, const call_context& context, http_plan asked, const net::http_response& answer) const {
  reference_fetch out;
  out.parts = parts_;
  out.executor = executor_;
  out.clock = clock_;
  out.documents = documents_;
  out.limits = limits_;
  out.provider = std::move(provider);
  out.from = answer.request.target;
  out.max_bytes = context.max_response_bytes - std::min(context.max_response_bytes, answer.body.size());
  asked.request.method = "GET";
  asked.request.headers.erase("If-None-Match");
  asked.request.headers.erase("If-Modified-Since");
  asked.rules.purpose = "fetching what a manual refers to";
  const auto known = manuals_.find(out.provider->name);
  asked.request.public_addresses_only = known != manuals_.end() && known->second.is_public && !context.allow_private_addresses;
  out.elsewhere = asked;
  out.elsewhere.request.headers = {};
  out.elsewhere.request.connection = asked.rules.elsewhere;
  out.elsewhere.credentials.reset();
  out.own = std::move(asked);
  return out;
}

result<json> http_session::preview(const tool_call& what, const call_context& context, const net::tool_request_options& options) const {
  auto credentials = credentials_of(*what.how);
  if (!credentials) return credentials.error();
  auto built = net::build_tool_request(options, what.arguments, inputs_of(what), what.input);
  if (!built) return built.error();
  if (auto fine = net::check_url(built->request.target, context.allow_insecure_http, "tool invocation"); !fine) return fine.error();
  return preview_request(options, what.arguments, *credentials, inputs_of(what), what.input);
}

error error_of_exception(const std::exception& thrown, const char* protocol) {
  // Asio throws from the next co_await after a cancellation.
  const auto* from_asio = dynamic_cast<const boost::system::system_error*>(&thrown);
  if (from_asio && from_asio->code() == boost::asio::error::operation_aborted) return {errc::cancelled, "the request was cancelled"};
  return {errc::internal, std::string(protocol) + ": " + thrown.what()};
}

task<error> stream_status_error(net::http_stream answer) {
  net::http_response whole;
  static_cast<net::http_head&>(whole) = std::move(answer.head);
  whole.request = std::move(answer.request);
  while (whole.body.size() < max_failure_bytes) {
    auto more = co_await answer.body->read();
    if (!more || !*more) break;  // what came says enough
    whole.body += **more;
  }
  co_return net::status_error(std::move(whole));
}

}  // namespace utcp
