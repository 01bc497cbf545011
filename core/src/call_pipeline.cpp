#include "client_core.hpp"
#include "stream_core.hpp"

#include <utcp/dialect.hpp>
#include <utcp/input_source.hpp>
#include <utcp/origin.hpp>

#include <algorithm>
#include <random>

namespace utcp {
namespace {

/// Failures that another try may mend.
bool is_passing(const error& e) { return e == errc::connection_failed || e == errc::unavailable || e == errc::rate_limited; }

std::chrono::milliseconds delay_before(unsigned attempt, const retry_options& how) {
  thread_local std::minstd_rand random{std::random_device{}()};
  auto longest = how.first_delay;
  for (unsigned i = 1; i < attempt && longest < how.max_delay; ++i) longest *= 2;
  longest = std::min(longest, how.max_delay);
  std::uniform_int_distribution<std::int64_t> half_to_full(longest.count() / 2, longest.count());
  return std::chrono::milliseconds(half_to_full(random));
}

std::optional<std::string> origin_in_auth(const call_template& how, const char* key) {
  const auto it = how.auth.find(key);
  return it != how.auth.end() && it->is_string() ? origin_of_url(it->get_ref<const std::string&>()) : std::nullopt;
}

std::string list_of(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const std::string& name : names) out += (out.size() > 1 ? ", '" : "'") + name + "'";
  return out + "]";
}

/// Tells the input when the call lets go of it.
std::shared_ptr<input_source> lend(const std::shared_ptr<input_source>& input) {
  if (!input) return nullptr;
  return {input.get(), [input](input_source* each) { each->on_call_end(); }};
}

/// An empty permit where nothing is limited. A refusal is our own and final: waiting for it to pass is the gate's business.
task<result<call_permit>> enter(std::shared_ptr<call_gate> gate, time_point deadline) {
  if (!gate) co_return call_permit();
  co_return co_await gate->enter(deadline);
}

}  // namespace

result<void> client_core::check_protocol(const tool& tool, const call_template& provider) const {
  const call_template& how = *tool.tool_call_template;
  if (allows_protocol(provider, how)) return {};
  return error(errc::not_allowed, "Tool '" + tool.name + "' uses communication protocol '" + how.protocol + "' which is not allowed by manual '" + provider.name +
                                      "'. Allowed protocols: " + list_of(provider.allowed_communication_protocols.value_or(std::vector<std::string>{provider.protocol})));
}

result<void> client_core::check_fence(call_template& remote, const call_template& as_written, const call_template& provider) const {
  if (is_local_protocol(remote.protocol)) return {};  // only where the provider lists the protocol: it stays on this machine
  using target = std::pair<std::optional<std::string>, std::optional<std::string>>;  // as it is, and as it is written
  std::vector<target> targets(1, target(origin_of(remote), origin_of(as_written)));
  for (const char* key : {"token_url", "issuer"})  // the client's secret goes there
    if (remote.auth.is_object() && remote.auth.contains(key)) targets.emplace_back(origin_in_auth(remote, key), origin_in_auth(as_written, key));
  std::vector<std::string> allowed;
  if (auto own = substitute(provider, scope_of(provider, provider), *variables_))
    if (auto origin = origin_of(own->value)) allowed.push_back(std::move(*origin));
  if (auto it = provider.options.find("allowed_origins"); it != provider.options.end() && it->is_array())
    for (const json& text : *it)
      if (auto origin = text.is_string() ? origin_of_url(text.get_ref<const std::string&>()) : std::nullopt) allowed.push_back(std::move(*origin));
  auto outside = [&](const target& to) { return !to.first || std::find(allowed.begin(), allowed.end(), *to.first) == allowed.end(); };
  const auto bad = std::find_if(targets.begin(), targets.end(), outside);
  if (bad == targets.end()) {
    // What the issuer's metadata say is known only later: the same origins bound it.
    if (remote.auth.is_object() && remote.auth.contains("issuer")) remote.auth["token_origins"] = allowed;
    return {};
  }
  // An address that a variable is part of is not shown: it may be the secret itself.
  const bool fixed = bad->first && bad->first == bad->second;
  return error(errc::not_allowed, "the tool's template was fetched from a remote and would send a variable's value to " + (fixed ? *bad->first : std::string("an address that is not fixed")) +
                                      ", which is not an origin of manual \"" + provider.name + "\"; to allow it add it to the provider's \"allowed_origins\"");
}

bool client_core::validates_arguments(const call_template& provider) const {
  auto it = provider.options.find("validate_arguments");
  return it != provider.options.end() && it->is_boolean() ? it->get<bool>() : config_.defaults.validate_arguments;
}

result<void> client_core::check_arguments(const tool_ptr& tool, const json& arguments) const {
  std::vector<notice> notices;
  auto fit = argument_check_.run(tool, arguments, notices);
  if (notices.empty()) return fit;
  // The observer is told on the strand; a preview may run elsewhere.
  boost::asio::post(operations_->executor(), [to = options_.observer, notices = std::move(notices)] {
    for (const notice& each : notices) to->on_notice(each);
  });
  return fit;
}

result<client_core::prepared_call> client_core::prepare(std::string_view name, json arguments, const call_options& options) const {
  auto input = lend(options.input);
  tool_ptr found = find_tool(name);
  if (!found) {
    std::string message = "Tool not found: " + std::string(name);
    const std::string manual = normalise_manual_name(name.substr(0, name.find('.')));
    if (name.find('.') == std::string_view::npos) message += "; a tool is called as manual.tool";
    else if (!snapshot()->find_manual(manual)) message += "; no manual \"" + manual + "\" is registered";
    return error(errc::unknown_tool, std::move(message));
  }
  if (arguments.is_null()) arguments = json::object();
  if (!arguments.is_object()) return error(errc::invalid_argument, "the arguments of " + found->name + " must be a JSON object");
  const manual_ptr manual = snapshot()->find_manual(std::string_view(found->name).substr(0, found->name.find('.')));
  if (!manual) return error(errc::unknown_tool, "Tool not found: " + std::string(name));  // deregistered this moment
  const call_template& provider = *manual->provider();
  const call_template& how = *found->tool_call_template;
  if (auto allowed = check_protocol(*found, provider); !allowed) return allowed.error();
  if (validates_arguments(provider))
    if (auto fit = check_arguments(found, arguments); !fit) return fit.error();
  auto via = transports_.get(how.protocol);
  if (!via) return std::move(via).error();

  prepared_call out;
  std::vector<std::string> secrets;
  out.what.how = found->tool_call_template;
  if (may_hold_variables(how)) {
    auto ready = substitute(how, scope_of(how, provider), *variables_);
    if (!ready) return error(errc::missing_variable, found->name + ": " + ready.error().message);
    if (how.origin == trust::remote && !ready->secrets.empty())
      if (auto inside = check_fence(ready->value, how, provider); !inside) return std::move(inside).error();
    secrets = std::move(ready->secrets);
    out.what.how = std::make_shared<const call_template>(std::move(ready->value));
  }
  for (std::string& each : auth_secrets(out.what.how->auth)) secrets.push_back(std::move(each));
  out.redact = redactor(std::move(secrets));
  out.provider = manual->provider();
  out.via = std::move(*via);
  out.context = context_of(provider, options.timeout.value_or(config_.defaults.call_timeout));
  if (options.timeout) out.context.deadline = deadline_in(*options.timeout);
  if (options.max_response_bytes) out.context.max_response_bytes = *options.max_response_bytes;
  out.context.want_meta = options.want_meta;
  out.context.observer = redacting(options_.observer, out.redact);
  out.retry = config_.defaults.retry;
  if (options.retry) {
    out.retry = *options.retry;
  } else if (auto it = provider.options.find("retry"); it != provider.options.end()) {
    auto read = read_retry(*it, "manual " + provider.name + "#/retry");
    if (!read) return read.error();
    out.retry = *read;
  }
  out.what.tool = std::move(found);
  out.what.arguments = std::move(arguments);
  out.what.input = std::move(input);
  if (out.what.input && !out.via->takes_input(out.what)) return error(errc::unsupported, out.what.tool->name + ": its transport sends no input along with a call");
  return out;
}

task<result<tool_result>> client_core::call(std::string name, json arguments, call_options options, std::shared_ptr<operation> op) {
  auto ready = prepare(name, std::move(arguments), options);
  if (!ready) co_return std::move(ready).error();
  operations_->set_deadline(op, ready->context.deadline);
  const std::string tool = ready->what.tool->name;
  const std::string manual = ready->context.manual;
  const time_point began = operations_->time().now();
  options_.observer->on_call_started(tool);
  route to;
  to.via = std::move(ready->via);
  to.retry = ready->retry;
  to.gate = gate_of(ready->provider);
  result<tool_result> answer;
  std::exception_ptr thrown;
  try {
    answer = co_await run_filters(0, std::move(ready->what), std::move(ready->context), std::move(to));
    if (answer && !post_processors_.empty()) answer = post_process(std::move(*answer), tool, manual);
  } catch (...) {
    thrown = std::current_exception();
  }
  operations_->clear_deadline(*op);
  if (thrown) answer = error_of(*op, thrown);
  const auto took = operations_->time().now() - began;
  if (!answer) {
    error failure = ready->redact(settle(*op, std::move(answer).error()));
    if (op->reason == operation::end::deadline && failure == errc::timed_out) failure.message = tool + ": " + failure.message;
    options_.observer->on_call_finished(tool, took, &failure);
    co_return failure;
  }
  options_.observer->on_call_finished(tool, took, nullptr);
  co_return answer;
}

task<result<tool_result>> client_core::run_filters(std::size_t at, tool_call what, call_context context, route to) {
  if (at == options_.filters.size()) {
    if (to.gate || may_try_again(what, to)) return attempt(std::move(what), std::move(context), std::move(to));
    return to.via->call(std::move(what), std::move(context));
  }
  auto next = [this, at, to = std::move(to)](tool_call w, call_context c) { return run_filters(at + 1, std::move(w), std::move(c), to); };
  return options_.filters[at]->run(std::move(what), std::move(context), std::move(next));
}

bool client_core::may_try_again(const tool_call& what, const route& to) { return to.retry.attempts > 1 && to.via->idempotent(what); }

std::optional<std::chrono::milliseconds> client_core::delay_after(unsigned tries, const error& failure, const tool_call& what, const call_context& context, const route& to) const {
  if (tries >= to.retry.attempts || !may_try_again(what, to) || !is_passing(failure)) return std::nullopt;
  auto delay = delay_before(tries, to.retry);
  const json& said = failure.remote;
  if (auto it = said.is_object() ? said.find("retry_after") : said.end(); it != said.end() && it->is_number()) {
    // The server's wish counts up to our own bound.
    const auto wished = std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(it->get<double>(), 0.0, 86400.0) * 1000));
    delay = std::max(delay, std::min(wished, to.retry.max_delay));
  }
  if (operations_->time().now() + delay >= context.deadline || (what.input && !what.input->rewind())) return std::nullopt;
  return delay;
}

task<result<tool_result>> client_core::attempt(tool_call what, call_context context, route to) {
  for (unsigned n = 1;; ++n) {
    auto permit = co_await enter(to.gate, context.deadline);
    if (!permit) co_return std::move(permit).error();
    auto answer = co_await to.via->call(what, context);
    if (*permit) permit->judge(answer ? error() : answer.error());
    permit->release();
    if (answer) co_return answer;
    const auto delay = delay_after(n, answer.error(), what, context, to);
    if (!delay) co_return answer;
    co_await pause(options_.clock, operations_->executor(), *delay);
  }
}

std::shared_ptr<call_gate> client_core::gate_of(const std::shared_ptr<const call_template>& provider) {
  if (auto known = gates_.find(provider.get()); known != gates_.end() && known->second.provider.lock() == provider) return known->second.gate;
  std::erase_if(gates_, [](const auto& each) { return each.second.provider.expired(); });
  counted_provider added;
  added.provider = provider;
  // What cannot be read has been refused at registration.
  if (auto limits = read_call_limits(provider->options, config_.defaults.limits, provider->name); limits && limits->any())
    added.gate = std::make_shared<call_gate>(provider->name, *limits, options_.clock, operations_->executor());
  return gates_.insert_or_assign(provider.get(), std::move(added)).first->second.gate;
}

result<tool_result> client_core::post_process(tool_result value, const std::string& tool, const std::string& manual) const {
  for (const auto& each : post_processors_) {
    auto processed = each->process(std::move(value), tool, manual);
    if (!processed) return processed;
    value = std::move(*processed);
  }
  return value;
}

task<result<std::unique_ptr<tool_stream>>> client_core::run_stream_filters(std::size_t at, tool_call what, call_context context, route to) {
  if (at == options_.filters.size()) {
    if (to.gate || may_try_again(what, to)) return attempt_to_open(std::move(what), std::move(context), std::move(to));
    return to.via->open_stream(std::move(what), std::move(context));
  }
  auto next = [this, at, to = std::move(to)](tool_call w, call_context c) { return run_stream_filters(at + 1, std::move(w), std::move(c), to); };
  return options_.filters[at]->open_stream(std::move(what), std::move(context), std::move(next));
}

// What was lost after it opened is not fetched again: the items that came are the caller's.
task<result<std::unique_ptr<tool_stream>>> client_core::attempt_to_open(tool_call what, call_context context, route to) {
  for (unsigned n = 1;; ++n) {
    auto permit = co_await enter(to.gate, context.deadline);
    if (!permit) co_return std::move(permit).error();
    auto opened = co_await to.via->open_stream(what, context);
    if (*permit) permit->judge(opened ? error() : opened.error());
    if (opened) {
      if (*permit) *opened = hold_while_open(std::move(*opened), std::move(*permit));
      co_return opened;
    }
    permit->release();
    const auto delay = delay_after(n, opened.error(), what, context, to);
    if (!delay) co_return opened;
    co_await pause(options_.clock, operations_->executor(), *delay);
  }
}

task<result<std::shared_ptr<stream_core>>> client_core::open_stream(std::string name, json arguments, call_options options, std::shared_ptr<operation> op) {
  auto ready = prepare(name, std::move(arguments), options);
  if (!ready) co_return std::move(ready).error();
  operations_->set_deadline(op, ready->context.deadline);
  stream_call about;
  about.tool = ready->what.tool->name;
  about.manual = ready->context.manual;
  about.redact = std::move(ready->redact);
  about.stop = options.stop;
  about.began = operations_->time().now();
  options_.observer->on_call_started(about.tool);
  route to;
  to.via = std::move(ready->via);
  to.retry = ready->retry;
  to.gate = gate_of(ready->provider);
  result<std::unique_ptr<tool_stream>> opened;
  std::exception_ptr thrown;
  try {
    opened = co_await run_stream_filters(0, std::move(ready->what), std::move(ready->context), std::move(to));
  } catch (...) {
    thrown = std::current_exception();
  }
  operations_->clear_deadline(*op);
  if (thrown) opened = error_of(*op, thrown);
  if (!opened) {
    error failure = about.redact(settle(*op, std::move(opened).error()));
    if (op->reason == operation::end::deadline && failure == errc::timed_out) failure.message = about.tool + ": " + failure.message;
    options_.observer->on_call_finished(about.tool, operations_->time().now() - about.began, &failure);
    co_return failure;
  }
  co_return stream_core::make(shared_from_this(), std::move(*opened), std::move(about));
}

result<json> client_core::preview(std::string_view name, const json& arguments, const call_options& options) const {
  auto ready = prepare(name, arguments, options);
  if (!ready) return ready.error();
  const manual_ptr manual = snapshot()->find_manual(ready->context.manual);
  if (!manual) return error(errc::unknown_tool, "Tool not found: " + std::string(name));
  const call_template& how = *ready->what.tool->tool_call_template;
  auto shown = substitute_masked(how, scope_of(how, *manual->provider()), *variables_);
  if (!shown) return shown.error();
  shown->auth = masked_auth(std::move(shown->auth));
  ready->what.how = std::make_shared<const call_template>(*std::move(shown));
  return ready->via->preview(ready->what, ready->context);
}

}  // namespace utcp
