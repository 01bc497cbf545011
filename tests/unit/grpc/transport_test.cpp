#include <utcp/input_channel.hpp>
#include <utcp/observer.hpp>
#include <utcp/transports/grpc.hpp>

#include "run.hpp"

#include <loopback_grpc_server.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>
#include <gmock/gmock.h>

#include <fstream>
#include <thread>

namespace utcp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using utcp::testing::grpc_received;
using utcp::testing::grpc_script;

std::string every_type() {
  std::ifstream in(UTCP_SOURCE_DIR "/tests/unit/grpc/every_type.proto");
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

constexpr const char* peer_proto = R"(
  syntax = "proto3"; package grpcpb;
  message Empty {} message Tool { string name = 1; string description = 2; }
  message Manual { string version = 1; repeated Tool tools = 2; }
  message ToolCallRequest { string tool = 1; string args_json = 2; } message ToolCallResponse { string result_json = 1; }
)";

class grpc_transport_test : public ::testing::Test {
 protected:
  grpc_transport_test() : server({{"every_type.proto", every_type()}, {"peer.proto", peer_proto}}, [this](const grpc_received& call) { return behave ? behave(call) : grpc_script(); }) {
    services.executor = boost::asio::make_strand(io);
    services.clock = system_clock();
    services.shared = std::make_shared<shared_services>();
    via = make_grpc_transport()(services);
    context.manual = "m";
    context.observer = std::make_shared<observer>();
    context.deadline = services.clock->now() + std::chrono::seconds(30);
  }

  template <class T>
  T run(task<T> work) {
    std::optional<T> value;
    boost::asio::co_spawn(services.executor, std::move(work), [&](std::exception_ptr, T v) { value.emplace(std::move(v)); });
    io.restart();
    while (!value && io.run_one() > 0) {
    }
    return std::move(*value);
  }

  call_template provider(json more = json::object()) const {
    call_template out;
    out.name = "m";
    out.protocol = "grpc";
    out.options = {{"host", "127.0.0.1"}, {"port", server.port()}};
    out.options.update(more);
    return out;
  }
  tool_call asked(const std::string& method, json arguments, json more = json::object()) const {
    auto made = std::make_shared<tool>();
    made->name = "m.every.Keeper." + method;
    tool_call out;
    more["service_name"] = "every.Keeper";
    more["method_name"] = method;
    out.how = std::make_shared<const call_template>(provider(more));
    out.tool = made;
    out.arguments = std::move(arguments);
    return out;
  }
  result<tool_result> call(const std::string& method, json arguments = json::object(), json more = json::object()) { return run(via->call(asked(method, std::move(arguments), std::move(more)), context)); }
  /// A stream both ways, whose requests come from `input`.
  result<std::unique_ptr<tool_stream>> talk(std::shared_ptr<input_source> input) {
    tool_call what = asked("Many", json::object());
    what.input = std::move(input);
    return run(via->open_stream(std::move(what), context));
  }
  std::string message(const json& value) const { return server.encode("every.Every", value.dump()); }

  boost::asio::io_context io;
  transport_services services;
  std::function<grpc_script(const grpc_received&)> behave;
  utcp::testing::loopback_grpc_server server;
  std::shared_ptr<transport> via;
  call_context context;
};

TEST_F(grpc_transport_test, makes_a_tool_of_each_method) {
  behave = [](const grpc_received&) {
    grpc_script out;
    out.status = ::grpc::Status(::grpc::StatusCode::UNIMPLEMENTED, "");
    return out;
  };
  const auto found = run(via->discover(provider(), context, nullptr));
  ASSERT_TRUE(found) << found.error().message;
  std::vector<std::string> names;
  for (const tool_ptr& each : found->found.tools) names.push_back(each->name);
  EXPECT_THAT(names, ElementsAre("every.Keeper.Keep", "every.Keeper.Many", "every.Keeper.Text"));
  const tool& keep = *found->found.tools.front();
  EXPECT_THAT(keep.tags, ElementsAre("grpc", "every", "Keeper"));
  EXPECT_EQ(keep.tool_call_template->options["service_name"], "every.Keeper");
  EXPECT_EQ(keep.tool_call_template->options["method_name"], "Keep");

  const auto one = run(via->discover(provider({{"service_name", "Keeper"}, {"method_name", "Text"}}), context, nullptr));
  ASSERT_TRUE(one) << one.error().message;
  ASSERT_EQ(one->found.tools.size(), 1u);
  const auto none = run(via->discover(provider({{"service_name", "every.Keeper"}, {"method_name", "Gone"}}), context, nullptr));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, errc::invalid_config);
  EXPECT_THAT(none.error().message, HasSubstr("has no method \"Gone\""));
  const auto unknown = run(via->discover(provider({{"services", {"every.Gone"}}}), context, nullptr));
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("every.Gone"));
}

TEST_F(grpc_transport_test, calls_with_metadata_credentials_and_deadline) {
  behave = [this](const grpc_received&) {
    grpc_script out;
    out.answers = {message({{"aString", "kept"}})};
    out.headers = {{"x-head", "1"}, {"raw-bin", std::string("\0\xff", 2)}};
    out.trailers = {{"x-trail", "a"}, {"x-trail", "b"}};
    return out;
  };
  context.want_meta = true;
  context.deadline = services.clock->now() + std::chrono::seconds(20);
  tool_call what = asked("Keep", {{"aString", "x"}}, {{"metadata", {{"x-one", "1"}}}, {"target", "dev"}});
  auto how = *what.how;
  how.auth = {{"auth_type", "basic"}, {"username", "u"}, {"password", "p:é"}};
  what.how = std::make_shared<const call_template>(how);
  const auto answer = run(via->call(what, context));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(std::get<json>(answer->value), (json{{"aString", "kept"}}));
  EXPECT_EQ(answer->meta["headers"]["x-head"], "1");
  EXPECT_EQ(answer->meta["headers"]["raw-bin"], "AP8=");
  EXPECT_EQ(answer->meta["trailers"]["x-trail"], (json{"a", "b"}));
  while (server.received().empty()) std::this_thread::yield();  // the server notes it when it is done with the call
  const grpc_received seen = server.received().back();
  EXPECT_EQ(server.decode("every.Every", seen.requests.front()), "{\"aString\":\"x\"}");
  EXPECT_EQ(seen.metadata.find("x-one")->second, "1");
  EXPECT_EQ(seen.metadata.find("target")->second, "dev");
  EXPECT_EQ(seen.metadata.find("authorization")->second, "Basic dTpwOsOp");
  EXPECT_GT(seen.seconds_left, 15);
  EXPECT_LT(seen.seconds_left, 21);
}

TEST_F(grpc_transport_test, gives_a_status_its_errc_and_its_details) {
  const std::pair<::grpc::StatusCode, errc> cases[] = {
      {::grpc::StatusCode::CANCELLED, errc::remote_failed}, {::grpc::StatusCode::UNKNOWN, errc::remote_failed}, {::grpc::StatusCode::INVALID_ARGUMENT, errc::remote_failed},
      {::grpc::StatusCode::DEADLINE_EXCEEDED, errc::timed_out}, {::grpc::StatusCode::NOT_FOUND, errc::remote_failed}, {::grpc::StatusCode::PERMISSION_DENIED, errc::unauthorized},
      {::grpc::StatusCode::RESOURCE_EXHAUSTED, errc::rate_limited}, {::grpc::StatusCode::UNIMPLEMENTED, errc::remote_failed}, {::grpc::StatusCode::INTERNAL, errc::remote_failed},
      {::grpc::StatusCode::UNAVAILABLE, errc::unavailable}, {::grpc::StatusCode::UNAUTHENTICATED, errc::unauthorized}};
  for (const auto& [status, expected] : cases) {
    behave = [status = status](const grpc_received&) {
      grpc_script out;
      // google.rpc.Status{5, "", [Any{".../google.rpc.RetryInfo", {retry_delay: 2s}}, Any{"x/un.Known", "\x08\x01"}]}
      const std::string retry = "\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x02";
      const std::string unknown = "\x0a\x0ax/un.Known\x12\x02\x08\x01";
      out.status = ::grpc::Status(status, "said so", "\x08\x05\x1a" + std::string(1, static_cast<char>(retry.size())) + retry + "\x1a" + std::string(1, static_cast<char>(unknown.size())) + unknown);
      return out;
    };
    const auto answer = call("Keep");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, expected) << status;
    EXPECT_EQ(answer.error().remote["code"], static_cast<int>(status));
    EXPECT_EQ(answer.error().remote["message"], "said so");
    EXPECT_EQ(answer.error().remote["details"], json::parse(R"([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2s"}, {"@type": "x/un.Known", "@value": "CAE="}])"));
  }
}

TEST_F(grpc_transport_test, streams_both_ways) {
  behave = [](const grpc_received&) {
    grpc_script out;
    out.echo = true;
    return out;
  };
  const auto answer = call("Many", {{"messages", {{{"anInt32", 1}}, {{"anInt32", 2}}, {{"anInt32", 3}}}}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(std::get<json>(answer->value), json::parse(R"([{"anInt32": 1}, {"anInt32": 2}, {"anInt32": 3}])"));
}

TEST_F(grpc_transport_test, sends_what_the_application_writes_after_an_answer) {
  behave = [](const grpc_received&) {
    grpc_script out;
    out.echo = true;
    return out;
  };
  auto input = std::make_shared<input_channel>(services.executor);
  auto stream = talk(input);
  ASSERT_TRUE(stream) << stream.error().message;
  for (int n = 1; n < 4; ++n) {
    ASSERT_TRUE(input->try_write(n == 2 ? "{\"anInt32\": 2}" : "{\"anInt32\":"));  // in pieces, too
    if (n != 2) {
      ASSERT_TRUE(input->try_write(std::to_string(n) + "} "));
    }
    const auto answer = run((*stream)->next());
    ASSERT_TRUE(answer && *answer);
    EXPECT_EQ(std::get<json>((*answer)->value), (json{{"anInt32", n}}));
  }
  input->close();
  EXPECT_EQ(*run((*stream)->next()), std::nullopt);
}

TEST_F(grpc_transport_test, does_not_wait_for_input_when_the_call_is_over) {
  for (const bool dropped : {false, true}) {
    behave = [dropped](const grpc_received&) {
      grpc_script out;
      out.status = ::grpc::Status(::grpc::StatusCode::ABORTED, "enough");
      out.hang = dropped;
      return out;
    };
    auto input = std::make_shared<input_channel>(services.executor);
    auto stream = talk(input);
    ASSERT_TRUE(stream);
    ASSERT_TRUE(input->try_write("{}"));
    if (!dropped) {
      EXPECT_EQ(run((*stream)->next()).error().remote["message"], "enough");
    }
    stream = error();
    while (input.use_count() > 1) io.run_one_for(std::chrono::milliseconds(5));
    while (server.open_calls() != 0) std::this_thread::yield();
  }
}

TEST_F(grpc_transport_test, a_call_that_is_cancelled_ends_at_the_server) {
  behave = [](const grpc_received&) {
    grpc_script out;
    out.hang = true;
    return out;
  };
  boost::asio::cancellation_signal stop;
  std::optional<result<tool_result>> answer;
  boost::asio::co_spawn(services.executor, via->call(asked("Keep", json::object()), context), boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, result<tool_result> v) { answer.emplace(std::move(v)); }));
  while (server.open_calls() == 0) io.run_one_for(std::chrono::milliseconds(5));
  boost::asio::post(services.executor, [&] { stop.emit(boost::asio::cancellation_type::terminal); });
  while (!answer) io.run_one();
  EXPECT_EQ(answer->error().code, errc::cancelled);
  while (server.open_calls() != 0) std::this_thread::yield();
}

TEST_F(grpc_transport_test, a_stream_that_is_dropped_ends_at_the_server) {
  behave = [this](const grpc_received&) {
    grpc_script out;
    out.answers.assign(3, message({{"anInt32", 1}}));
    out.hang = true;
    return out;
  };
  {
    auto stream = run(via->open_stream(asked("Many", {{"messages", {json::object()}}}), context));
    ASSERT_TRUE(stream);
    EXPECT_EQ(std::get<json>((*run((*stream)->next()))->value), (json{{"anInt32", 1}}));
  }
  while (server.open_calls() != 0) io.poll();
}

TEST_F(grpc_transport_test, an_executor_may_end_while_calls_run) {
  behave = [](const grpc_received&) {
    grpc_script out;
    out.hang = true;
    return out;
  };
  for (const char* method : {"Keep", "Many"}) {
    auto own = std::make_unique<boost::asio::io_context>();
    transport_services there = services;
    there.executor = boost::asio::make_strand(*own);
    there.shared = std::make_shared<shared_services>();
    auto of = make_grpc_transport()(there);
    json arguments = json::object();
    if (std::string(method) == "Many") arguments["messages"] = json::array({json::object()});
    boost::asio::co_spawn(there.executor, of->call(asked(method, arguments), context), [](std::exception_ptr, result<tool_result>) { FAIL() << "nobody is there to be told"; });
    while (server.open_calls() == 0) own->run_one_for(std::chrono::milliseconds(5));
    there = transport_services();
    of.reset();  // the call keeps it
    own.reset();
    while (server.open_calls() != 0) std::this_thread::yield();
  }
}

TEST_F(grpc_transport_test, bounds_an_answer) {
  behave = [this](const grpc_received&) {
    grpc_script out;
    out.answers = {message({{"aString", std::string(100'000, 'x')}})};
    return out;
  };
  const auto by_channel = call("Keep", json::object(), {{"max_message_bytes", 1000}, {"metadata", {{"a", "b"}}}});
  ASSERT_FALSE(by_channel);
  EXPECT_EQ(by_channel.error().code, errc::too_large);
  context.max_response_bytes = 50'000;
  const auto by_call = call("Keep");
  ASSERT_FALSE(by_call);
  EXPECT_EQ(by_call.error().code, errc::too_large);
}

TEST_F(grpc_transport_test, speaks_to_the_service_of_the_peers) {
  behave = [this](const grpc_received& received) {
    grpc_script out;
    if (received.path == "/grpcpb.UTCPService/GetManual") out.answers = {server.encode("grpcpb.Manual", R"({"version": "1.2", "tools": [{"name": "echo", "description": "Echoes"}]})")};
    else if (received.path == "/grpcpb.UTCPService/CallTool") out.answer = [this](const std::string& request) {
      const json asked_for = json::parse(server.decode("grpcpb.ToolCallRequest", request));
      return server.encode("grpcpb.ToolCallResponse", json{{"resultJson", asked_for.dump()}}.dump());
    };
    else out.status = ::grpc::Status(::grpc::StatusCode::UNIMPLEMENTED, "");
    return out;
  };
  const auto found = run(via->discover(provider(), context, nullptr));
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->found.tools.size(), 1u);
  for (const auto& [qualified, name] : {std::pair(true, "m.echo"), std::pair(false, "echo")}) {
    auto made = std::make_shared<tool>(*found->found.tools.front());
    made->name = "m.echo";
    tool_call what;
    what.tool = made;
    what.how = std::make_shared<const call_template>(provider({{"qualified_names", qualified}}));
    what.arguments = {{"msg", "x"}};
    const auto answer = run(via->call(what, context));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(std::get<json>(answer->value), (json{{"tool", name}, {"argsJson", "{\"msg\":\"x\"}"}}));
  }
}

TEST_F(grpc_transport_test, shows_what_it_would_send) {
  tool_call what = asked("Keep", {{"aString", "x"}}, {{"metadata", {{"x-one", "1"}, {"authorization", "Bearer written-out"}}}});
  auto how = *what.how;
  how.auth = {{"auth_type", "api_key"}, {"api_key", "secret-key"}, {"var_name", "X-Key"}};
  what.how = std::make_shared<const call_template>(how);
  const auto shown = via->preview(what, context);
  ASSERT_TRUE(shown) << shown.error().message;
  EXPECT_EQ((*shown)["method"], "every.Keeper/Keep");
  EXPECT_EQ((*shown)["metadata"], (json{{"x-one", "1"}, {"authorization", "***"}, {"x-key", "***"}}));
}

TEST_F(grpc_transport_test, a_server_that_is_not_there_fails_soon) {
  const int port = server.port();
  server.stop();
  static_cast<void>(port);
  const auto answer = call("Keep");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, errc::connection_failed);
}

}  // namespace
}  // namespace utcp
