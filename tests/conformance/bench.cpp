#include "bench.hpp"

#include <utcp/dialect.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <filesystem>

namespace utcp::conformance {
namespace {


task<result<tool_result>> read_stream(client with, std::string tool, json arguments, std::size_t most) {
  auto opened = co_await with.call_tool_streaming(std::move(tool), std::move(arguments), call_options());
  if (!opened) co_return std::move(opened).error();
  json items = json::array();
  while (items.size() < most) {
    auto item = co_await opened->next();
    if (!item) co_return std::move(item).error();
    if (!*item) break;
    items.push_back((*item)->to_json());
  }
  co_return tool_result(std::move(items));
}

}  // namespace

bench::bench(const rig& of, json provider) {
  client_options options;
  of.add(options.registry);
  auto config = read_config(json::array({std::move(provider)}), "/").value();
  auto made = std::make_shared<pending<result<client>>>(context_);
  client::async_create(context_.get_executor(), std::move(config), std::move(options), [made](result<client> got) { made->value = std::move(got); });
  client_ = wait(made).value();
}

bench::~bench() {
  client_ = client();
  work_.reset();
  context_.restart();
  context_.poll();  // lets what was cancelled end
}

bench::pending_ptr<bench::call_answer> bench::start_call(const tool_use& use, call_options options) {
  auto out = std::make_shared<pending<call_answer>>(context_);
  auto done = [out](call_answer got) { out->value = std::move(got); };
  client_.async_call_tool("peer." + use.tool, use.arguments, std::move(options), boost::asio::bind_cancellation_slot(out->stop.slot(), std::move(done)));
  return out;
}

bench::pending_ptr<bench::call_answer> bench::start_stream(const tool_use& use, std::size_t most) {
  auto out = std::make_shared<pending<call_answer>>(context_);
  out->owned_by_asio = true;
  auto done = [out](std::exception_ptr thrown, call_answer got) {
    // What asio throws into a coroutine that goes on after its cancellation.
    if (thrown) got = error(errc::cancelled, "the reader was cancelled");
    out->stop.slot().clear();
    out->value = std::move(got);
  };
  boost::asio::co_spawn(context_, read_stream(client_, "peer." + use.tool, use.arguments, most), boost::asio::bind_cancellation_slot(out->stop.slot(), std::move(done)));
  return out;
}

bench::pending_ptr<manual_report> bench::start_registration(const json& provider) {
  auto out = std::make_shared<pending<manual_report>>(context_);
  auto how = read_call_template(provider, trust::configuration, "#").value();
  auto done = [out](manual_report got) { out->value = std::move(got); };
  client_.async_register_manual(std::move(how), boost::asio::bind_cancellation_slot(out->stop.slot(), std::move(done)));
  return out;
}

result<result_stream> bench::open(const tool_use& use) {
  auto out = std::make_shared<pending<result<result_stream>>>(context_);
  client_.async_call_tool_streaming("peer." + use.tool, use.arguments, call_options(), [out](result<result_stream> got) { out->value = std::move(got); });
  return wait(out);
}

result<std::optional<tool_result>> bench::next(result_stream& from) {
  auto out = std::make_shared<pending<result<std::optional<tool_result>>>>(context_);
  from.async_next([out](result<std::optional<tool_result>> got) { out->value = std::move(got); });
  return wait(out);
}

result<void> bench::deregister(const std::string& name) {
  auto out = std::make_shared<pending<result<void>>>(context_);
  client_.async_deregister_manual(name, [out](result<void> got) { out->value = std::move(got); });
  return wait(out);
}

bool bench::turn(std::size_t steps) {
  for (std::size_t i = 0; i < steps; ++i)
    if (context_.run_one_for(std::chrono::milliseconds(20)) == 0) return false;
  return true;
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

}  // namespace utcp::conformance
