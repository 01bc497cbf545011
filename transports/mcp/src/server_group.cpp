#include "server_group.hpp"

#include "result_mapping.hpp"
#include "server_authorization.hpp"

#include <utcp/auth/http_session.hpp>
#include <utcp/document.hpp>
#include <utcp/net/connection_options.hpp>
#include <utcp/net/program_policy.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace utcp::mcp_transport {
namespace {

namespace asio = boost::asio;

constexpr std::size_t max_told_bytes = 2'000;  // of stderr or of a log line, in one notice

/// The time by which servers have to answer, so that one that hangs does not take the others with it.
time_point margin_before(time_point deadline, time_point now) {
  if (deadline == time_point::max() || deadline <= now) return deadline;
  return deadline - std::min<time_point::duration>((deadline - now) / 10, std::chrono::milliseconds(500));
}

std::string shown(std::string_view text) {
  std::string out(text.substr(0, max_told_bytes));
  while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) out.pop_back();
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') c = ' ';
  return out;
}

std::string text_of(const json& in, const char* key) {
  const auto found = in.find(key);
  return found != in.end() && found->is_string() ? found->get<std::string>() : std::string();
}

error error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& what) {
    return error_of_exception(what, "mcp");
  }
}

/// An error in one line, with what the server said.
std::string words_of(const error& why) {
  const std::string said = why.remote.is_object() ? text_of(why.remote, "message") : std::string();
  return said.empty() ? why.message : why.message + ": " + shown(said);
}

schema schema_of(json value) { return value.is_null() ? schema() : schema(value); }

}  // namespace

/// Answers that come in from all servers.
struct server_group::gathering {
  explicit gathering(const asio::any_io_executor& executor, std::size_t count) : done(executor, time_point::max()), answers(count), stop(count), left(count) {}

  asio::steady_timer done;  // never expires by itself
  std::vector<std::optional<result<listing>>> answers;
  std::vector<asio::cancellation_signal> stop;
  std::size_t left;
  bool late = false;
};

server_group::server_group(std::shared_ptr<const group_parts> parts, std::string manual, const call_template& how, const call_context& context, mcp_settings settings)
    : parts_(std::move(parts)),
      manual_(std::move(manual)),
      options_(how.options),
      auth_(how.auth),
      resources_as_tools_(settings.resources_as_tools),
      raw_(settings.raw_results),
      tasks_(settings.tasks) {
  told_->manual = manual_;
  told_->observer = context.observer;
  for (server_entry& each : settings.servers) {
    server one;
    one.name = each.name;
    if (!each.settings) {
      one.failure = each.settings.error();
    } else if (auto address = address_of(*each.settings, how, context); !address) {
      one.failure = address.error();
    } else {
      one.timeout = each.settings->timeout;
      one.session = std::make_unique<mcp::session>(parts_->services.executor, *std::move(address), session_options_of(each.name, each.settings->era));
    }
    servers_.push_back(std::move(one));
  }
}

result<mcp::server_address> server_group::address_of(const server_settings& settings, const call_template& how, const call_context& context) const {
  if (const auto* program = std::get_if<program_settings>(&settings.how)) return program_of(*program);
  return url_of(settings, how, context);
}

result<mcp::server_address> server_group::program_of(const program_settings& settings) const {
  const transport_services& services = parts_->services;
  mcp::stdio_server out;
  net::process_description& process = out.process;
  process.environment = net::make_environment(settings.inherit_env_vars, settings.env);
  if (!settings.working_dir.empty()) {
    std::filesystem::path folder(settings.working_dir);
    if (folder.is_relative()) folder = services.root_dir / folder;
    std::error_code failed;
    process.working_dir = std::filesystem::absolute(folder, failed).lexically_normal().string();
  }
  const bool bounded = parts_->options.allowed_programs || services.allowed_programs;
  // An allowed name means the program this process would run, not one that the server's own PATH leads to.
  auto path = net::find_program(settings.command, bounded ? net::path_of_this_process() : net::path_of(process.environment), process.working_dir.empty() ? services.root_dir : std::filesystem::path(process.working_dir));
  if (!path) return path.error();
  if (auto fine = net::check_program(settings.command, *path, parts_->options.allowed_programs, "mcp_options::allowed_programs"); !fine) return fine.error();
  if (auto fine = net::check_program(settings.command, *path, services.allowed_programs, "\"allowed_programs\" of the configuration"); !fine) return fine.error();
  process.program = *std::move(path);
  process.arguments.push_back(settings.command);
  process.arguments.insert(process.arguments.end(), settings.arguments.begin(), settings.arguments.end());
  process.supervisor = parts_->supervisor;
  return mcp::server_address(std::move(out));
}

result<mcp::server_address> server_group::url_of(const server_settings& settings, const call_template& how, const call_context& context) const {
  const url_settings& from = std::get<url_settings>(settings.how);
  const transport_services& services = parts_->services;
  auto usual = net::usual_connection_options(services);
  if (!usual) return usual.error();
  auto own = net::read_connection_options(how.options, place_of(how), services.root_dir, *usual);
  if (own) own = net::read_connection_options(settings.entry, "mcpServers/" + settings.name, services.root_dir, *own);
  if (!own) return own.error();
  mcp::http_server out;
  out.url = from.url;
  out.headers = from.headers;
  out.credentials = from.credentials;
  out.parts = parts_->http;
  out.connection = std::make_shared<const net::connection_options>(*own);
  out.elsewhere = std::make_shared<const net::connection_options>(net::without_identity(*own));
  out.allow_insecure_http = context.allow_insecure_http;
  out.allow_private_addresses = context.allow_private_addresses;
  if (from.kind == url_settings::flavour::events) out.kind = mcp::http_server::flavour::events;
  if (from.kind == url_settings::flavour::streamable) out.kind = mcp::http_server::flavour::streamable;
  if (!from.credentials && !from.headers.find("Authorization")) {
    mcp_server_request request;
    request.manual = manual_;
    request.server = settings.name;
    request.url = from.url;
    request.options = settings.entry;
    request.allow_insecure_http = context.allow_insecure_http;
    request.allow_private_addresses = context.allow_private_addresses;
    request.connection = out.connection;
    request.elsewhere = out.elsewhere;
    request.executor = services.executor;
    request.parts = parts_->http;
    request.clock = services.clock;
    auto made = make_authorizer(parts_->options, std::move(request), [told = told_, server = settings.name](notice what) { told->tell(server, std::move(what.message)); });
    if (!made) return made.error();
    out.authorization = *std::move(made);
  }
  return mcp::server_address(std::move(out));
}

void server_group::audience::tell(const std::string& server, std::string what) const {
  if (observer && !what.empty()) observer->on_notice(notice(manual + "." + server, std::move(what)));
}

mcp::session_options server_group::session_options_of(const std::string& server, mcp::era_choice era) const {
  mcp::session_options out;
  out.era = era;
  out.client = parts_->options.client;
  out.clock = parts_->services.clock;
  out.tasks = tasks_;
  out.request_timeout = std::chrono::hours(1);  // the client's own deadlines hold
  out.callbacks = parts_->options.offers;
  const std::shared_ptr<audience> told = told_;
  out.callbacks.on_log = [told, server](mcp::log_line what) {
    std::string text = what.level + (what.logger.empty() ? "" : " " + what.logger) + ": ";
    text += what.data.is_string() ? what.data.get<std::string>() : write_json(what.data);
    told->tell(server, shown(text));
  };
  if (out.callbacks.log_level.empty()) out.callbacks.log_level = "warning";
  out.callbacks.on_stderr = [told, server](std::string_view text) { told->tell(server, shown(text)); };
  out.callbacks.on_notice = [told, server](notice what) { told->tell(server, std::move(what.message)); };
  out.callbacks.on_tools_changed = [told] {
    if (told->events) told->events->manual_changed(told->manual);
  };
  if (resources_as_tools_) out.callbacks.on_resources_changed = out.callbacks.on_tools_changed;
  return out;
}

// ---- discovery --------------------------------------------------------------------------------------------------------

task<result<server_group::listing>> server_group::list(std::shared_ptr<server_group> self, std::size_t at) {
  mcp::session& session = *self->servers_[at].session;
  listing out;
  auto tools = co_await session.list_tools();
  if (!tools) {
    // A server with resources alone has no such method.
    if (!self->resources_as_tools_ || !(tools.error() == errc::unsupported)) co_return tools.error();
  } else {
    out.tools = *std::move(tools);
  }
  if (!self->resources_as_tools_) co_return out;
  if (!session.server().has("resources")) {
    if (!tools) out.notices.push_back("it has neither tools nor resources: " + words_of(tools.error()));
    co_return out;
  }
  auto resources = co_await session.list_resources();
  if (resources) out.resources = *std::move(resources);
  else out.notices.push_back("its resources could not be listed: " + words_of(resources.error()));
  co_return out;
}

/// Waits for all servers, at most until then; what is unfinished is cancelled.
task<void> server_group::gather(std::shared_ptr<server_group> self, std::shared_ptr<gathering> into, time_point until) {
  const transport_services& services = self->parts_->services;
  for (std::size_t at = 0; at < self->servers_.size(); ++at) {
    if (self->servers_[at].failure) {
      into->answers[at] = *self->servers_[at].failure;
      --into->left;
      continue;
    }
    auto came = [into, at](std::exception_ptr thrown, result<listing> answer) {
      if (!into->answers[at]) into->answers[at] = thrown ? result<listing>(error_of(thrown)) : std::move(answer);
      if (--into->left == 0) into->done.cancel();
    };
    asio::co_spawn(services.executor, list(self, at), asio::bind_cancellation_slot(into->stop[at].slot(), std::move(came)));
  }
  std::unique_ptr<alarm> bell;
  if (until != time_point::max() && into->left > 0) {
    bell = services.clock->make_alarm(services.executor);
    bell->arm(until, [weak = std::weak_ptr<gathering>(into)] {
      const auto still = weak.lock();
      if (!still) return;
      still->late = true;
      still->done.cancel();
    });
  }
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  if (into->left > 0) co_await into->done.async_wait(token);
  for (std::size_t at = 0; at < into->answers.size(); ++at) {
    if (into->answers[at]) continue;
    into->answers[at] = into->late ? error(errc::timed_out, "did not answer in time") : error(errc::cancelled, "the discovery was cancelled");
    into->stop[at].emit(asio::cancellation_type::terminal);
  }
}

void server_group::add_tools(std::size_t at, const listing& from, const std::shared_ptr<const call_template>& provider, discovery& out) {
  const std::string& server = servers_[at].name;
  for (const mcp::tool& each : from.tools) {
    auto made = std::make_shared<tool>();
    made->name = server + "." + each.name();
    made->description = each.description().empty() ? each.display_name() : each.description();
    made->inputs = schema_of(each.input_schema());
    json outputs = each.output_schema();
    route to;
    to.server = at;
    to.target = each.name();
    to.unwrap = wraps_result(outputs);
    made->outputs = schema_of(std::move(outputs));
    made->tool_call_template = provider;
    json extra = json::object();
    for (const char* key : {"title", "annotations"})
      if (auto found = each.definition.find(key); found != each.definition.end()) extra[key] = *found;
    if (!extra.empty()) made->extra = schema(extra);
    routes_.insert_or_assign(made->name, std::move(to));
    out.found.tools.push_back(std::move(made));
  }
  for (const json& each : from.resources) {
    const std::string name = text_of(each, "name");
    const std::string uri = text_of(each, "uri");
    if (name.empty() || uri.empty()) continue;
    auto made = std::make_shared<tool>();
    made->name = server + ".resource_" + name;
    route to;
    to.server = at;
    to.target = uri;
    to.is_resource = true;
    if (!routes_.emplace(made->name, std::move(to)).second) {
      out.notices.emplace_back(manual_ + "." + server, "the resource " + uri + " is left out: another tool or resource has the name " + made->name);
      continue;
    }
    const std::string described = text_of(each, "description");
    made->description = "Read resource: " + (described.empty() ? name : described) + ". URI: " + uri;
    made->inputs = schema(json{{"type", "object"}, {"properties", json::object()}});
    made->outputs = schema(json{{"type", "object"}, {"properties", {{"contents", {{"type", "array"}}}}}});
    made->tool_call_template = provider;
    out.found.tools.push_back(std::move(made));
  }
  for (const std::string& each : from.notices) out.notices.emplace_back(manual_ + "." + server, each);
}

/// Adds what one server has. Whatever it says hides no other server.
result<void> server_group::take(std::size_t at, const result<listing>& answer, const std::shared_ptr<const call_template>& provider, discovery& out) {
  if (!answer) return answer.error();
  try {
    add_tools(at, *answer, provider, out);
    return {};
  } catch (const std::exception& thrown) {
    return error_of_exception(thrown, "mcp");
  }
}

task<result<discovery>> server_group::discover(std::shared_ptr<server_group> self, call_template provider, call_context context) {
  const time_point until = margin_before(context.deadline, self->parts_->services.clock->now());
  auto all = std::make_shared<gathering>(self->parts_->services.executor, self->servers_.size());
  co_await gather(self, all, until);
  const auto shared_provider = std::make_shared<const call_template>(std::move(provider));
  discovery out;
  self->routes_.clear();
  std::optional<error> first;
  std::size_t good = 0;
  for (std::size_t at = 0; at < all->answers.size(); ++at) {
    const result<void> taken = self->take(at, *all->answers[at], shared_provider, out);
    if (taken) {
      ++good;
      continue;
    }
    const error why = taken.error();
    if (!first) first = why;
    out.notices.emplace_back(self->manual_ + "." + self->servers_[at].name, "its tools are missing: " + words_of(why));
  }
  if (good > 0 || !first) co_return out;
  if (self->servers_.size() > 1) {
    first->message = "none of the MCP servers can be used";
    for (const notice& each : out.notices) first->message += "; " + each.place + ": " + each.message;
  }
  co_return *std::move(first);
}

// ---- calls ------------------------------------------------------------------------------------------------------------

result<route> server_group::find(const std::string& bare) const {
  if (const auto found = routes_.find(bare); found != routes_.end()) return found->second;
  // A tool of another manual's text, or of a list that was not read yet: the longest server that its name begins with.
  route out;
  std::size_t longest = 0;
  for (std::size_t at = 0; at < servers_.size(); ++at) {
    const std::string& name = servers_[at].name;
    if (name.size() < longest || bare.size() <= name.size() + 1 || !bare.starts_with(name) || bare[name.size()] != '.') continue;
    longest = name.size();
    out.server = at;
    out.target = bare.substr(name.size() + 1);
  }
  if (longest == 0 && servers_.size() == 1) out.target = bare;
  if (out.target.empty()) return error(errc::unknown_tool, "none of the MCP servers of " + manual_ + " has a tool " + bare);
  return out;
}

task<result<tool_result>> server_group::call(std::shared_ptr<server_group> self, std::string tool, json arguments, call_context context) {
  const std::string prefix = self->manual_ + ".";
  const std::string bare = tool.starts_with(prefix) ? tool.substr(prefix.size()) : tool;
  auto to = self->find(bare);
  if (!to) co_return to.error();
  const server& at = self->servers_[to->server];
  if (at.failure) co_return *at.failure;
  mcp::session& session = *at.session;
  mcp::request_options how;
  how.deadline = context.deadline;
  how.max_response_bytes = context.max_response_bytes;
  how.timeout = at.timeout;
  how.on_progress = [told = self->told_, tool](const mcp::progress& step) {
    if (told->observer) told->observer->on_call_progress(tool, step.done, step.total.value_or(0), shown(step.message));
  };
  if (to->is_resource) {
    auto read = co_await session.read_resource(to->target, std::move(how));
    if (!read) co_return read.error();
    json value = *std::move(read);
    for (const char* key : {"resultType", "ttlMs", "cacheScope", "_meta"}) value.erase(key);
    co_return tool_result(std::move(value));
  }
  auto answered = co_await session.call_tool(to->target, std::move(arguments), std::move(how));
  if (!answered) {
    error why = std::move(answered).error();
    why.message.insert(0, tool + ": ");
    co_return why;
  }
  co_return map_result(*std::move(answered), tool, to->unwrap, self->raw_, context.want_meta);
}

// ---- the end ----------------------------------------------------------------------------------------------------------

task<void> server_group::close_one(std::shared_ptr<server_group> self, std::size_t at) { co_await self->servers_[at].session->close(); }

task<void> server_group::close(std::shared_ptr<server_group> self) {
  const asio::any_io_executor executor = self->parts_->services.executor;
  auto all = std::make_shared<gathering>(executor, self->servers_.size());
  for (std::size_t at = 0; at < self->servers_.size(); ++at) {
    if (!self->servers_[at].session) {
      --all->left;
      continue;
    }
    asio::co_spawn(executor, close_one(self, at), [all](std::exception_ptr) {
      if (--all->left == 0) all->done.cancel();
    });
  }
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  if (all->left > 0) co_await all->done.async_wait(token);
}

}  // namespace utcp::mcp_transport
