#include "client_core.hpp"

#include <utcp/dialect.hpp>
#include <utcp/provider_settings.hpp>

#include <algorithm>
#include <map>

namespace utcp {
namespace {

// libcurl's timers have whole milliseconds and may end that much before the deadline.
constexpr std::chrono::milliseconds clock_rounding{2};

/// Forwards "the list changed" to the client, if it is still there.
class events_of final : public catalogue_events {
 public:
  // Only a weak pointer: who keeps the events keeps nothing of the client, nor of its execution context, alive.
  explicit events_of(std::weak_ptr<client_core> core) : core_(std::move(core)) {}

  void manual_changed(std::string name) override {
    auto still = core_.lock();
    if (!still) return;
    auto strand = still->running()->executor();
    boost::asio::post(strand, [core = std::move(still), name = std::move(name)]() mutable { core->refresh(std::move(name)); });
  }

 private:
  std::weak_ptr<client_core> core_;
};

/// Keeps a name from being registered twice at once.
class reservation {
 public:
  reservation(std::set<std::string>& names, std::string name) : names_(names), name_(std::move(name)) { names_.insert(name_); }
  ~reservation() { names_.erase(name_); }
  reservation(const reservation&) = delete;
  reservation& operator=(const reservation&) = delete;

 private:
  std::set<std::string>& names_;
  std::string name_;
};

/// Many registrations, a bounded number at a time.
struct batch : std::enable_shared_from_this<batch> {
  std::shared_ptr<client_core> core;
  std::vector<call_template> providers;
  std::vector<manual_report> reports;
  client::handler<std::vector<manual_report>> handler;
  std::stop_token stop;
  std::uint64_t first_turn = 0;
  std::size_t next = 0;
  std::size_t running = 0;
  std::size_t limit = 1;

  void pump() {
    while (next < providers.size() && running < limit) start(next++);
    if (running != 0 || !handler) return;
    auto executor = boost::asio::get_associated_executor(handler, core->running()->completion_executor());
    boost::asio::dispatch(executor, [handler = std::move(handler), reports = std::move(reports)]() mutable { std::move(handler)(std::move(reports)); });
  }

  void start(std::size_t at) {
    ++running;
    const std::string name = providers[at].name;
    const std::string protocol = providers[at].protocol;
    auto work = [core = core, provider = std::move(providers[at]), turn = first_turn + at](std::shared_ptr<operation> op) {
      op->turn = turn;
      return core->register_one(provider, std::move(op));
    };
    auto fail = [name, protocol](error e) {
      manual_report report;
      report.name = normalise_manual_name(name);
      report.protocol = protocol;
      report.failure = std::move(e);
      return report;
    };
    auto done = [self = shared_from_this(), at](manual_report report) {
      self->reports[at] = std::move(report);
      --self->running;
      self->pump();
    };
    run_operation<manual_report>(core->running(), stop, std::move(work), std::move(fail),
                                 boost::asio::bind_executor(core->running()->executor(), std::move(done)));
  }
};

/// The tool, to be changed. One that nobody else has yet, as a transport has just handed it over, is not copied.
std::shared_ptr<tool> own_copy(tool_ptr& each) {
  return each.use_count() == 1 ? std::const_pointer_cast<tool>(std::move(each)) : std::make_shared<tool>(*each);
}

/// Tools that inherited the provider got it with its variables replaced. The catalogue keeps the provider as it is written:
/// values of variables are looked up at each call, and never stand in an export.
void restore_provider(manual& found, const call_template& sent, const std::shared_ptr<const call_template>& written) {
  const call_template* last = nullptr;
  bool inherited = false;
  for (tool_ptr& each : found.tools) {
    if (each->tool_call_template.get() != last) {
      last = each->tool_call_template.get();
      inherited = *last == sent;
    }
    if (!inherited) continue;
    auto own = own_copy(each);
    own->tool_call_template = written;
    each = std::move(own);
  }
}

/// A place in a manual for those who hear of many: notices of one registration are in its report instead.
std::string place_in(const std::string& manual, const std::string& place) {
  return place.empty() || place.front() != '/' ? manual : manual + "#" + place;
}

/// What a discovery talks to, without secrets. `shown` has its variables masked.
std::string target_of(const call_template& shown) {
  auto text = [&](const char* key) -> const std::string* {
    auto it = shown.options.find(key);
    return it != shown.options.end() && it->is_string() ? &it->get_ref<const std::string&>() : nullptr;
  };
  if (auto* url = text("url")) {
    const std::string masked = mask_url(*url);
    return masked.substr(0, masked.find_first_of("?#"));
  }
  if (auto* command = text("command_name")) return "program " + command->substr(0, command->find(' '));
  if (shown.options.contains("commands")) return "its commands";
  if (auto* file = text("file_path")) return *file;
  if (auto* host = text("host")) {
    auto port = shown.options.find("port");
    return *host + (port == shown.options.end() ? std::string() : ":" + (port->is_string() ? port->get<std::string>() : port->dump()));
  }
  return shown.protocol + " provider";
}

std::string duration_text(std::chrono::milliseconds time) {
  const auto ms = time.count();
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "\"" : ", \"") + name + "\"";
  return out;
}

}  // namespace

bool is_local_protocol(std::string_view protocol) noexcept {
  return protocol == "cli" || protocol == "mcp" || protocol == "text" || protocol == "file";
}

bool allows_protocol(const call_template& provider, const call_template& tool) {
  if (tool.protocol == provider.protocol && !provider.allowed_communication_protocols) return true;
  if (provider.allowed_communication_protocols && !provider.allowed_communication_protocols->empty()) {
    const auto& allowed = *provider.allowed_communication_protocols;
    return std::find(allowed.begin(), allowed.end(), tool.protocol) != allowed.end();
  }
  if (tool.protocol == provider.protocol) return true;
  if (provider.dialect == dialect::v1) return false;
  return tool.origin == trust::configuration || !is_local_protocol(tool.protocol);
}

task<manual_report> client_core::register_one(call_template provider, std::shared_ptr<operation> op) {
  const time_point began = operations_->time().now();
  if (provider.name.empty()) provider.name = provider.protocol;
  provider.name = normalise_manual_name(provider.name);
  manual_report report;
  report.name = provider.name;
  report.protocol = provider.protocol;
  options_.observer->on_manual_registering(report.name);

  if (auto fine = check_settings(provider, config_.defaults.limits); !fine) {
    report.failure = std::move(fine).error();
  } else if (reserved_.contains(report.name) || snapshot()->find_manual(report.name)) {
    report.failure = error(errc::already_registered, "Manual " + report.name + " already registered; use another name, or deregister it first");
  } else {
    reservation reserved(reserved_, report.name);
    auto held = std::make_shared<const call_template>(std::move(provider));
    manual_version known;
    if (const auto kept = options_.known_versions.find(report.name); kept != options_.known_versions.end()) known = kept->second;
    const bool again = !known.empty();
    auto found = co_await discover(held, std::move(known), again, op);
    if (found && !found->manual) {
      report.unchanged = true;
      report.version = std::move(found->version);
    } else if (found) {
      report.notices = std::move(found->notices);
      report.version = std::move(found->version);
      report.tools = found->manual->tools().size();
      if (auto published = publish(found->manual); !published) report.failure = std::move(published).error();
    } else {
      report.failure = std::move(found).error();
    }
  }
  report.took = operations_->time().now() - began;
  if (report.failure) failed_.insert_or_assign(report.name, *report.failure);
  else failed_.erase(report.name);
  options_.observer->on_manual_registered(report);
  co_return report;
}

task<result<client_core::discovered>> client_core::discover(std::shared_ptr<const call_template> provider, manual_version known, bool again,
                                                              std::shared_ptr<operation> op) {
  auto via = transports_.get(provider->protocol);
  if (!via) co_return std::move(via).error();
  const variable_scope scope = scope_of(*provider, *provider);
  auto ready = substitute(*provider, scope, *variables_);
  if (!ready) co_return std::move(ready).error();

  auto secrets = std::move(ready->secrets);
  for (std::string& each : auth_secrets(ready->value.auth)) secrets.push_back(std::move(each));
  const redactor redact(std::move(secrets));

  call_context context = context_of(*provider, config_.defaults.discovery_timeout);
  context.max_response_bytes = config_.defaults.documents.max_bytes;
  context.may_be_unchanged = again;
  context.known_version = std::move(known);
  context.observer = redacting(options_.observer, redact);
  const time_point deadline = context.deadline;
  const auto patience = std::chrono::ceil<std::chrono::milliseconds>(deadline - operations_->time().now());
  operations_->set_deadline(op, deadline);
  auto events = std::make_shared<events_of>(weak_from_this());
  const call_template sent = ready->value;
  result<discovery> found;
  std::exception_ptr thrown;
  try {
    found = co_await (*via)->discover(std::move(ready->value), std::move(context), std::move(events));
  } catch (...) {
    thrown = std::current_exception();
  }
  operations_->clear_deadline(*op);
  if (thrown) found = error_of(*op, thrown);
  if (!found && op->reason == operation::end::deadline && (thrown || found.error() == errc::cancelled)) {
    auto shown = substitute_masked(*provider, scope, *variables_);
    found = error(errc::timed_out, "no complete answer from " + target_of(shown ? *shown : *provider) + " within " + duration_text(patience) + "; " +
                                       config_.defaults.longer_discovery);
  } else if (!found && found.error() == errc::timed_out && deadline - operations_->time().now() < clock_rounding) {
    error why = std::move(found).error();  // the transport was the first to see it
    why.message += "; " + config_.defaults.longer_discovery;
    found = std::move(why);
  }
  if (!found) {
    error why = settle(*op, std::move(found).error());
    for (const notice& each : ready->notices) why.message += "; " + each.place + ": " + each.message;  // it may be the cause
    co_return redact(std::move(why));
  }

  discovered out;
  out.version = std::move(found->version);
  out.notices = std::move(found->notices);
  out.notices.insert(out.notices.begin(), ready->notices.begin(), ready->notices.end());
  for (notice& each : out.notices) each = redact(std::move(each));
  if (found->unchanged) co_return out;
  restore_provider(found->found, sent, provider);
  manual accepted = accept_tools(std::move(found->found), *provider, out.notices);
  const std::size_t named = accepted.tools.size();
  out.manual = std::make_shared<const registered_manual>(std::move(provider), std::move(accepted), op->turn);
  if (const std::size_t kept = out.manual->tools().size(); kept < named)
    out.notices.emplace_back("/tools", std::to_string(named - kept) + " tools have the name of another tool of the manual; the last of each name counts");
  co_return out;
}

manual client_core::accept_tools(manual found, const call_template& provider, std::vector<notice>& notices) const {
  const std::string prefix = provider.name + ".";
  std::map<std::string, std::size_t> dropped;
  std::map<std::string, std::size_t> unsupported;
  std::size_t kept = 0;
  for (tool_ptr& each : found.tools) {
    const call_template& how = *each->tool_call_template;
    if (!allows_protocol(provider, how)) {
      ++dropped[how.protocol];
      continue;
    }
    if (!transports_.has(how.protocol)) ++unsupported[how.protocol];
    if (!each->name.starts_with(prefix)) {
      auto own = own_copy(each);
      own->name.insert(0, prefix);
      each = std::move(own);
    }
    if (&found.tools[kept] != &each) found.tools[kept] = std::move(each);
    ++kept;
  }
  found.tools.resize(kept);
  for (const auto& [protocol, count] : dropped) {
    std::vector<std::string> allowed = provider.allowed_communication_protocols.value_or(std::vector<std::string>{});
    if (allowed.empty()) allowed.push_back(provider.protocol);
    allowed.push_back(protocol);
    notices.emplace_back(provider.name, std::to_string(count) + (count == 1 ? " tool" : " tools") + " dropped: protocol \"" + protocol +
                                            "\" is not allowed for this provider; to allow it add \"allowed_communication_protocols\": [" + quoted_list(allowed) + "]");
  }
  for (const auto& [protocol, count] : unsupported)
    notices.emplace_back(provider.name, std::to_string(count) + (count == 1 ? " tool" : " tools") + " cannot be called: " + transports_.unknown(protocol).message);
  return found;
}

result<void> client_core::publish(const manual_ptr& manual) {
  auto saved = repository_->save(manual);
  if (saved && search_) search_->on_snapshot(snapshot());
  return saved;
}

void client_core::register_all(std::vector<call_template> providers, std::stop_token stop, client::handler<reports> handler) {
  auto all = std::make_shared<batch>();
  all->core = shared_from_this();
  all->reports.resize(providers.size());
  all->providers = std::move(providers);
  all->handler.swap(handler);  // Boost 1.81: move assignment of any_completion_handler recurses for ever
  all->stop = std::move(stop);
  all->limit = std::max<std::size_t>(1, config_.defaults.parallel_registrations);
  // Never completes within the call.
  boost::asio::post(operations_->executor(), [all] {
    all->first_turn = all->core->operations_->take_turns(all->providers.size());
    all->pump();
  });
}

void client_core::register_configured(std::stop_token stop, client::handler<reports> handler) {
  std::vector<call_template> readable;
  for (const configured_manual& each : config_.manuals)
    if (each.how) readable.push_back(*each.how);
  auto merge = [self = shared_from_this(), handler = std::move(handler)](reports made) mutable {
    reports out;
    auto next = made.begin();
    for (const configured_manual& each : self->config_.manuals) {
      if (each.how) {
        out.push_back(std::move(*next++));
        continue;
      }
      manual_report report;
      report.name = normalise_manual_name(each.name);
      report.failure = each.failure;
      self->failed_.insert_or_assign(report.name, *each.failure);
      self->options_.observer->on_manual_registered(report);
      out.push_back(std::move(report));
    }
    self->configured_reports = std::move(out);
    auto executor = boost::asio::get_associated_executor(handler, self->operations_->completion_executor());
    boost::asio::dispatch(executor, [handler = std::move(handler), self]() mutable { std::move(handler)(self->configured_reports); });
  };
  register_all(std::move(readable), std::move(stop), boost::asio::bind_executor(operations_->executor(), std::move(merge)));
}

task<result<void>> client_core::deregister(std::string name) {
  name = normalise_manual_name(name);
  auto removed = repository_->remove(name);
  if (!removed) co_return std::move(removed).error();
  if (!*removed) co_return error(errc::unknown_tool, "no manual \"" + name + "\" is registered");
  if (search_) search_->on_snapshot(snapshot());
  for (const auto& via : transports_.made()) co_await via->release(name);
  options_.observer->on_manual_deregistered(name);
  co_return result<void>();
}

task<manual_report> client_core::refresh_one(std::string name, std::shared_ptr<operation> op) {
  const time_point began = operations_->time().now();
  manual_report report;
  report.name = normalise_manual_name(name);
  const auto registered = snapshot()->find_manual(report.name);
  if (!registered) {
    report.failure = error(errc::unknown_tool, "no manual \"" + report.name + "\" is registered");
    co_return report;
  }
  report.protocol = registered->provider()->protocol;
  report.tools = registered->tools().size();
  op->turn = registered->turn();
  manual_version of_this_client;
  auto found = co_await discover(registered->provider(), std::move(of_this_client), true, op);
  if (!found) {
    report.failure = std::move(found).error();
  } else if (!snapshot()->find_manual(report.name)) {
    report.failure = error(errc::unknown_tool, "manual \"" + report.name + "\" was deregistered meanwhile");
  } else if (!found->manual) {
    report.unchanged = true;
  } else {
    report.notices = std::move(found->notices);
    report.version = std::move(found->version);
    report.tools = found->manual->tools().size();
    if (auto published = publish(found->manual); !published) report.failure = std::move(published).error();
  }
  report.took = operations_->time().now() - began;
  options_.observer->on_manual_registered(report);
  co_return report;
}

void client_core::refresh(std::string name) {
  auto registered = snapshot()->find_manual(name);
  if (!registered || operations_->closed()) return;
  if (auto [at, first] = refreshing_.try_emplace(name, false); !first) {
    at->second = true;
    return;
  }
  auto work = [self = shared_from_this(), provider = registered->provider(), turn = registered->turn()](std::shared_ptr<operation> op) {
    op->turn = turn;
    return self->discover(provider, manual_version(), true, std::move(op));
  };
  auto fail = [](error e) { return result<discovered>(std::move(e)); };
  auto done = [self = shared_from_this(), name](result<discovered> found) {
    auto again = self->refreshing_.extract(name);
    if (!found) {
      self->options_.observer->on_notice(notice(name, "its tools changed, but could not be read again: " + found.error().message));
    } else if (self->snapshot()->find_manual(name)) {  // not deregistered meanwhile
      for (const notice& each : found->notices) self->options_.observer->on_notice(notice(place_in(name, each.place), each.message));
      if (auto published = found->manual ? self->publish(found->manual) : result<void>(); !published) self->options_.observer->on_notice(notice(name, published.error().message));
    }
    if (again && again.mapped()) self->refresh(name);
  };
  run_operation<result<discovered>>(operations_, {}, std::move(work), std::move(fail),
                                    boost::asio::bind_executor(operations_->executor(), std::move(done)));
}

}  // namespace utcp
