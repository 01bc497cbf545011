#pragma once

#include "client_fixture.hpp"

namespace utcp::testing {

using item = result<std::optional<tool_result>>;

/// Has all of its items at once, and then an error.
class burst final : public tool_stream {
 public:
  burst(int count, std::shared_ptr<int> reads) : count_(count), reads_(std::move(reads)) {}
  task<item> next() override {
    ++*reads_;
    if (auto ready = take_ready()) co_return std::move(ready);
    co_return error(errc::connection_failed, "gone");
  }
  std::optional<tool_result> take_ready() override {
    if (given_ == count_) return std::nullopt;
    return tool_result(json(given_++));
  }

 private:
  int count_;
  int given_ = 0;
  std::shared_ptr<int> reads_;
};

class streams : public client_test {
 protected:
  void give_steps(std::vector<scripted_stream::step> steps) {
    fake->on_stream = [this, steps](tool_call, call_context) { return open(steps, alive); };
  }
  static task<result<std::unique_ptr<tool_stream>>> open(std::vector<scripted_stream::step> steps, std::shared_ptr<int> counted) {
    co_return std::unique_ptr<tool_stream>(std::make_unique<scripted_stream>(std::move(steps), std::move(counted)));
  }
  /// The number of reads of the transport's stream.
  std::shared_ptr<int> give_burst(int count) {
    auto reads = std::make_shared<int>(0);
    fake->on_stream = [count, reads](tool_call, call_context) { return open_burst(count, reads); };
    return reads;
  }
  static task<result<std::unique_ptr<tool_stream>>> open_burst(int count, std::shared_ptr<int> reads) {
    co_return std::unique_ptr<tool_stream>(std::make_unique<burst>(count, std::move(reads)));
  }
  static task<result<std::unique_ptr<tool_stream>>> refuse(errc code, std::string message) { co_return error(code, std::move(message)); }

  scripted_stream::step wait_for(gate& g) {
    return [&g]() { return wait(&g); };
  }
  static task<item> wait(gate* g) {
    if (!co_await g->wait()) co_return error(errc::cancelled, "cancelled");
    tool_result late(json("late"));
    co_return std::optional<tool_result>(std::move(late));
  }
  scripted_stream::step wait_and_throw(gate& g) {
    return [&g]() { return throwing_wait(&g); };
  }
  static task<item> throwing_wait(gate* g) {
    co_await g->wait_or_throw();
    throw std::runtime_error("stream broke");
  }

  result<result_stream> open_stream(client& c, std::string name = "m.echo", call_options how = {}) {
    return run(io, c.call_tool_streaming(std::move(name), json::object(), std::move(how)));
  }
  item next(result_stream& s) { return run(io, s.next()); }
  json value(const item& i) { return i && *i ? (*i)->to_json() : json("nothing"); }

  struct pending {
    boost::asio::cancellation_signal signal;
    std::optional<item> outcome;
  };
  std::shared_ptr<pending> begin_next(result_stream& s) {
    auto out = std::make_shared<pending>();
    s.async_next(boost::asio::bind_cancellation_slot(out->signal.slot(), [out](item r) { out->outcome = std::move(r); }));
    settle_all(io);
    return out;
  }

  std::shared_ptr<int> alive = std::make_shared<int>(0);
};

}  // namespace utcp::testing
