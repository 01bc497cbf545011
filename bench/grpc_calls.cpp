// gRPC calls beside a client with generated stubs: `utcp-bench-grpc [ROUNDS]` starts its own server and prints a table of medians.
//
//   stubs        generated code, nothing turned into JSON
//   stubs+json   generated code; each answer is turned into JSON text by protobuf's json_util
//   utcp         public headers and the default client: JSON in, JSON out, nothing generated

#include "cpu_time.hpp"

#include "grpc_calls.grpc.pb.h"

#include <utcp/builtin.hpp>
#include <utcp/client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <google/protobuf/util/json_util.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;

constexpr int unary_calls = 8'000;
constexpr int stream_messages = 100'000;

class shop final : public utcp::bench::Shop::CallbackService {
  static void fill(utcp::bench::OrderAnswer& to, std::int64_t sequence) {
    to.set_id("order-" + std::to_string(sequence));
    to.set_sequence(sequence);
    to.set_total(129.75);
    to.set_accepted(true);
    for (const char* name : {"tea", "coffee"}) {
      auto& item = *to.add_items();
      item.set_name(name);
      item.set_count(2);
      item.set_price(4.5);
    }
  }

  grpc::ServerUnaryReactor* Order(grpc::CallbackServerContext* context, const utcp::bench::OrderRequest*, utcp::bench::OrderAnswer* answer) override {
    fill(*answer, 4711);
    auto* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  grpc::ServerWriteReactor<utcp::bench::OrderAnswer>* Watch(grpc::CallbackServerContext*, const utcp::bench::WatchRequest* request) override {
    class writer final : public grpc::ServerWriteReactor<utcp::bench::OrderAnswer> {
     public:
      explicit writer(int count) : left_(count) {
        fill(answer_, 4711);
        next();
      }
      void OnWriteDone(bool ok) override { ok ? next() : Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }

     private:
      void next() {
        if (left_-- > 0) StartWrite(&answer_, grpc::WriteOptions().set_buffer_hint());
        else Finish(grpc::Status::OK);
      }
      utcp::bench::OrderAnswer answer_;
      int left_;
    };
    return new writer(request->messages());
  }
};

[[noreturn]] void serve(int port_pipe) {
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  shop service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  if (write(port_pipe, &port, sizeof port) != sizeof port) std::_Exit(1);
  server->Wait();
  std::_Exit(0);
}

struct figure {
  double per_second = 0;
  double cpu_us = 0;
};

template <class Work>
figure measure(int count, Work work) {
  const double cpu_before = utcp::bench::cpu_us();
  const auto began = steady::now();
  work();
  const double wall = std::chrono::duration<double>(steady::now() - began).count();
  figure out;
  out.per_second = count / wall;
  out.cpu_us = (utcp::bench::cpu_us() - cpu_before) / count;
  return out;
}

utcp::bench::OrderRequest order() {
  utcp::bench::OrderRequest out;
  out.set_customer("Ada Lovelace");
  auto& item = *out.add_items();
  item.set_name("tea");
  item.set_count(2);
  item.set_price(4.5);
  return out;
}

void check(bool fine, const char* what) {
  if (fine) return;
  std::fprintf(stderr, "utcp-bench-grpc: %s\n", what);
  std::exit(1);
}

/// Calls of generated code; many in flight by callbacks.
class stub_client {
 public:
  stub_client(int port, bool as_json) : as_json_(as_json), stub_(utcp::bench::Shop::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()))) {}

  void unary(int count, int in_flight) {
    if (in_flight == 1) {
      for (int i = 0; i < count; ++i) {
        grpc::ClientContext context;
        utcp::bench::OrderAnswer answer;
        check(stub_->Order(&context, order(), &answer).ok(), "a call failed");
        take(answer);
      }
      return;
    }
    left_ = count;
    open_ = in_flight;
    for (int i = 0; i < in_flight; ++i) begin();
    std::unique_lock lock(mutex_);
    done_.wait(lock, [&] { return open_ == 0; });
  }

  void stream(int count) {
    grpc::ClientContext context;
    utcp::bench::WatchRequest request;
    request.set_messages(count);
    const auto reader = stub_->Watch(&context, request);
    utcp::bench::OrderAnswer answer;
    int got = 0;
    while (reader->Read(&answer)) {
      take(answer);
      ++got;
    }
    check(reader->Finish().ok() && got == count, "the stream failed");
  }

 private:
  struct one_call {
    grpc::ClientContext context;
    utcp::bench::OrderRequest request = order();
    utcp::bench::OrderAnswer answer;
  };

  void begin() {
    {
      std::lock_guard lock(mutex_);
      if (left_ == 0) {
        if (--open_ == 0) done_.notify_one();
        return;
      }
      --left_;
    }
    auto call = std::make_shared<one_call>();
    stub_->async()->Order(&call->context, &call->request, &call->answer, [this, call](const grpc::Status& status) {
      check(status.ok(), "a call failed");
      take(call->answer);
      begin();
    });
  }

  void take(const utcp::bench::OrderAnswer& answer) const {
    if (!as_json_) return;
    std::string text;
    check(google::protobuf::util::MessageToJsonString(answer, &text).ok() && !text.empty(), "no JSON");
  }

  bool as_json_;
  std::unique_ptr<utcp::bench::Shop::Stub> stub_;
  std::mutex mutex_;
  std::condition_variable done_;
  int left_ = 0;
  int open_ = 0;
};

class utcp_client {
 public:
  explicit utcp_client(int port) {
    run(make(port));
  }

  void unary(int count, int in_flight) {
    left_ = count;
    open_ = in_flight;
    for (int i = 0; i < in_flight; ++i) boost::asio::co_spawn(io_, call_many(), [this](std::exception_ptr thrown) { check(!thrown, "an exception"); --open_; });
    io_.restart();
    while (open_ > 0 && io_.run_one() > 0) {
    }
  }

  void stream(int count) { run(read_all(count)); }

 private:
  void run(utcp::task<void> what) {
    bool done = false;
    boost::asio::co_spawn(io_, std::move(what), [&](std::exception_ptr thrown) {
      check(!thrown, "an exception");
      done = true;
    });
    io_.restart();
    while (!done && io_.run_one() > 0) {
    }
  }

  utcp::task<void> make(int port) {
    const utcp::json providers = utcp::json::array({{{"name", "shop"}, {"provider_type", "grpc"}, {"host", "127.0.0.1"}, {"port", port}}});
    utcp::client_options options(utcp::builtin_registry());
    auto config = utcp::read_config(providers, ".");
    auto made = co_await utcp::client::create(std::move(config).value(), std::move(options));
    client_ = std::move(made).value();
    check(client_.registered().front().ok(), "no registration");
  }

  utcp::task<void> call_many() {
    while (left_-- > 0) {
      utcp::json arguments = {{"customer", "Ada Lovelace"}, {"items", utcp::json::array({{{"name", "tea"}, {"count", 2}, {"price", 4.5}}})}};
      auto got = co_await client_.call_tool("shop.utcp.bench.Shop.Order", std::move(arguments));
      check(got && std::get<utcp::json>(got->value)["accepted"] == true, "a call failed");
    }
  }

  utcp::task<void> read_all(int count) {
    utcp::json arguments = {{"messages", count}};
    utcp::call_options options;
    auto opened = co_await client_.call_tool_streaming("shop.utcp.bench.Shop.Watch", std::move(arguments), std::move(options));
    utcp::result_stream stream = std::move(opened).value();
    int got = 0;
    for (;;) {
      auto item = co_await stream.next();
      check(item.has_value(), "the stream failed");
      if (!*item) break;
      ++got;
    }
    check(got == count, "messages are missing");
  }

  boost::asio::io_context io_{1};
  utcp::client client_;
  int left_ = 0;
  int open_ = 0;
};

using figures = std::array<figure, 3>;

/// Twice; the first time warms up.
template <class Client>
figures measure_all(Client& client) {
  figures out;
  for (int i = 0; i < 2; ++i) {
    out[0] = measure(unary_calls, [&] { client.unary(unary_calls, 1); });
    out[1] = measure(unary_calls, [&] { client.unary(unary_calls, 16); });
    out[2] = measure(stream_messages, [&] { client.stream(stream_messages); });
  }
  return out;
}

/// In a process of its own: gRPC's threads of one client would also wait for the sockets of the other.
figures measure_alone(const std::string& who, int port) {
  std::array<int, 2> ends{};
  check(pipe(ends.data()) == 0, "no pipe");
  const pid_t child = fork();
  check(child >= 0, "no process");
  figures out;
  if (child == 0) {
    if (who == "utcp") {
      utcp_client client(port);
      out = measure_all(client);
    } else {
      stub_client client(port, who == "stubs+json");
      out = measure_all(client);
    }
    if (write(ends[1], &out, sizeof out) != sizeof out) std::_Exit(1);
    std::_Exit(0);
  }
  close(ends[1]);
  check(read(ends[0], &out, sizeof out) == sizeof out, "a client failed");
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return out;
}

figure median(std::vector<figure> of) {
  std::sort(of.begin(), of.end(), [](const figure& a, const figure& b) { return a.per_second < b.per_second; });
  return of[of.size() / 2];
}

}  // namespace

int main(int count, char** words) {
  const int rounds = count > 1 ? std::max(1, std::atoi(words[1])) : 5;
  std::array<int, 2> ends{};
  check(pipe(ends.data()) == 0, "no pipe");
  const pid_t server = fork();  // this process uses no gRPC
  check(server >= 0, "no process");
  if (server == 0) serve(ends[1]);
  int port = 0;
  check(read(ends[0], &port, sizeof port) == sizeof port, "no server");

  const char* names[] = {"unary, 1 at a time", "unary, 16 in flight", "stream of 100,000"};
  std::map<std::string, std::array<std::vector<figure>, 3>> all;
  for (int round = 0; round < rounds; ++round) {
    for (const char* who : {"stubs", "stubs+json", "utcp"}) {
      const auto got = measure_alone(who, port);
      for (std::size_t i = 0; i < 3; ++i) all[who][i].push_back(got[i]);
    }
  }
  std::printf("%-22s %12s %12s %12s   %s\n", "a second (us of CPU)", "stubs", "stubs+json", "utcp", "utcp / stubs+json, / stubs");
  for (std::size_t i = 0; i < 3; ++i) {
    const figure plain = median(all["stubs"][i]);
    const figure text = median(all["stubs+json"][i]);
    const figure us = median(all["utcp"][i]);
    std::printf("%-22s %7.0f (%2.0f) %7.0f (%2.0f) %7.0f (%2.0f)   %.2f, %.2f\n", names[i], plain.per_second, plain.cpu_us, text.per_second, text.cpu_us, us.per_second, us.cpu_us, us.per_second / text.per_second,
                us.per_second / plain.per_second);
  }
  std::fflush(stdout);
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  std::_Exit(0);
}
