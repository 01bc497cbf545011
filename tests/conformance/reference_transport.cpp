// A transport without a protocol: what the suite asks of a transport, in its shortest form.
#include "bench.hpp"

#include <utcp/dialect.hpp>
#include <utcp/document.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace utcp::conformance {
namespace {

/// Waits, or fails with errc::cancelled.
task<result<void>> sleep_for(std::chrono::milliseconds how_long) {
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  if (state.cancelled() != boost::asio::cancellation_type::none) co_return error(errc::cancelled, "cancelled");
  auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, how_long);
  boost::system::error_code ec;
  auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ec);
  co_await timer.async_wait(token);
  if (ec) co_return error(errc::cancelled, "cancelled");
  co_return result<void>();
}

class counter final : public tool_stream {
 public:
  counter(int last, std::shared_ptr<std::size_t> open) : last_(last), open_(std::move(open)) { ++*open_; }
  ~counter() override { --*open_; }

  task<result<std::optional<tool_result>>> next() override {
    using item = std::optional<tool_result>;
    if (at_ == last_) co_return item();
    auto slept = co_await sleep_for(std::chrono::milliseconds(1));
    if (!slept) {
      at_ = last_;
      co_return std::move(slept).error();
    }
    tool_result out{json(++at_)};
    co_return item(std::move(out));
  }

 private:
  int last_;
  int at_ = 0;
  std::shared_ptr<std::size_t> open_;
};

class reference_transport final : public transport {
 public:
  explicit reference_transport(std::shared_ptr<std::size_t> open) : open_(std::move(open)) {}

  task<result<discovery>> discover(call_template provider, call_context, std::shared_ptr<catalogue_events>) override {
    auto slept = co_await sleep_for(std::chrono::milliseconds(1));
    if (!slept) co_return std::move(slept).error();
    json tools = json::array();
    for (const char* name : {"ok", "echo", "fails", "sleeps", "huge", "count"}) tools.push_back({{"name", name}});
    if (provider.options.contains("broken")) tools.push_back({{"name", 7}});
    manual_source source;
    source.where = "reference";
    source.as = syntax::json;
    source.provider = std::make_shared<const call_template>(std::move(provider));
    const json document{{"utcp_version", "1.0.1"}, {"tools", std::move(tools)}};
    auto loaded = load_manual(document.dump(), source, document_ports());
    if (!loaded) co_return std::move(loaded).error();
    discovery out;
    out.found = std::move(loaded->found);
    out.notices = std::move(loaded->notices);
    co_return out;
  }

  task<result<tool_result>> call(tool_call what, call_context context) override {
    const std::string tool = what.tool->name.substr(what.tool->name.find('.') + 1);
    const auto how_long = tool == "sleeps" ? std::chrono::milliseconds(600'000) : std::chrono::milliseconds(1);
    auto slept = co_await sleep_for(how_long);
    if (!slept) co_return std::move(slept).error();
    if (tool == "fails") co_return error(errc::remote_failed, "the reference fails", json{{"said", "no"}});
    if (tool == "huge") {
      constexpr std::size_t size = 16 << 20;
      if (size > context.max_response_bytes) co_return error(errc::too_large, "the answer is larger than asked for");
      co_return tool_result(std::string(size, 'x'));
    }
    if (tool == "echo") co_return tool_result(what.arguments.at("value"));
    co_return tool_result(json("fine"));
  }

  task<result<std::unique_ptr<tool_stream>>> open_stream(tool_call what, call_context) override {
    co_return std::unique_ptr<tool_stream>(std::make_unique<counter>(what.arguments.value("to", 1'000'000'000), open_));
  }

 private:
  std::shared_ptr<std::size_t> open_;
};

}  // namespace

std::unique_ptr<rig> make_reference() {
  auto out = std::make_unique<rig>();
  auto open = std::make_shared<std::size_t>(0);
  out->add = [open](registry& into) {
    into.add("reference", [open](const transport_services&) { return std::make_shared<reference_transport>(open); });
  };
  out->provider = {{"name", "peer"}, {"call_template_type", "reference"}};
  out->partial_provider = {{"name", "peer"}, {"call_template_type", "reference"}, {"broken", true}};
  out->tools = {"ok", "echo", "fails", "sleeps", "huge", "count"};
  out->ok = tool_use("ok");
  out->ok_answer = "fine";
  out->echo = [](json value) { return tool_use("echo", {{"value", std::move(value)}}); };
  out->failing = tool_use("fails");
  out->failing_remote = {{"said", "no"}};
  out->slow = tool_use("sleeps");
  out->huge = tool_use("huge");
  out->huge_is_refused_early = true;
  out->stream = tool_use("count", {{"to", 3}});
  out->stream_items = {1, 2, 3};
  out->endless = tool_use("count");
  out->streams_open = [open](bench&) { return *open; };
  out->cannot["hostile"] = "it has no peer";
  out->cannot["hostile manual"] = "it has no peer";
  return out;
}

}  // namespace utcp::conformance
