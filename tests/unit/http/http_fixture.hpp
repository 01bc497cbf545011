#pragma once

#include "fake_clock.hpp"
#include "loopback_http_server.hpp"
#include "run.hpp"

#include <utcp/transports/http.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <gmock/gmock.h>

namespace utcp::testing {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::Not;

/// What came of a stream, and how it ended.
struct pulled {
  std::vector<tool_result> items;
  std::optional<error> failure;
};

/// At most `most` items of a stream.
inline task<result<pulled>> pull(std::shared_ptr<transport> via, tool_call what, call_context context, std::size_t most) {
  auto opened = co_await via->open_stream(std::move(what), std::move(context));
  if (!opened) co_return opened.error();
  pulled out;
  while (out.items.size() < most) {
    auto next = co_await (*opened)->next();
    if (!next) {
      out.failure = next.error();
      break;
    }
    if (!*next) break;
    out.items.push_back(**std::move(next));
  }
  co_return std::move(out);
}

/// The http transport as a client would hold it.
class http_transport_test : public ::testing::Test {
 protected:
  http_transport_test() {
    services.executor = io.get_executor();
    services.clock = clock;
    services.shared = std::make_shared<shared_services>();
    via = make_http_transport()(services);
  }

  static call_template provider(json options, json auth = nullptr) {
    call_template out;
    out.name = "m";
    out.protocol = "http";
    out.options = std::move(options);
    out.auth = std::move(auth);
    return out;
  }

  static tool_call call_of(json options, json arguments, json auth = nullptr) {
    tool_call out;
    auto named = std::make_shared<tool>();
    named->name = "m.t";
    out.tool = named;
    out.how = std::make_shared<const call_template>(provider(std::move(options), std::move(auth)));
    out.arguments = std::move(arguments);
    return out;
  }

  result<tool_result> call(json options, json arguments = json::object(), json auth = nullptr) {
    return run(io, via->call(call_of(std::move(options), std::move(arguments), std::move(auth)), context));
  }

  result<discovery> discover(json options, json auth = nullptr) {
    return run(io, via->discover(provider(std::move(options), std::move(auth)), context, nullptr));
  }

  /// Emits `stop` from the server's thread on the io_context.
  void cancel_soon() {
    asio::post(io, [this] { stop.emit(asio::cancellation_type::terminal); });
  }

  template <class T>
  T run_cancellable(task<T> work) {
    std::optional<T> out;
    asio::co_spawn(io, std::move(work), asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr e, T value) {
                     EXPECT_FALSE(e);
                     out.emplace(std::move(value));
                   }));
    io.restart();
    io.run();
    return std::move(out).value();
  }

  asio::io_context io;
  asio::cancellation_signal stop;
  std::shared_ptr<fake_clock> clock = std::make_shared<fake_clock>();
  transport_services services;
  std::shared_ptr<transport> via;
  call_context context;
};

}  // namespace utcp::testing
