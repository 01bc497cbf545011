#include "client_fixture.hpp"

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class registration : public client_test {
 protected:
  static task<result<discovery>> fail(errc code, std::string message) { co_return error(code, std::move(message)); }
  static task<result<discovery>> give(std::vector<tool_ptr> tools) { co_return found_tools(std::move(tools)); }
};

TEST_F(registration, reports_come_in_the_order_of_the_configuration_and_the_others_work) {
  fake->on_discover = [&](call_template how, call_context) {
    if (how.name == "bad") return fail(errc::connection_failed, "no route");
    return give({make_tool("echo")});
  };
  client c = make({provider("a"), provider("bad"), provider("b")});
  ASSERT_EQ(c.registered().size(), 3u);
  EXPECT_EQ(c.registered()[0].name, "a");
  EXPECT_TRUE(c.registered()[0].ok());
  EXPECT_EQ(c.registered()[0].tools, 1u);
  EXPECT_EQ(c.registered()[0].protocol, "fake");
  EXPECT_EQ(c.registered()[1].name, "bad");
  ASSERT_TRUE(c.registered()[1].failure);
  EXPECT_EQ(*c.registered()[1].failure, errc::connection_failed);
  EXPECT_TRUE(c.registered()[2].ok());
  EXPECT_EQ(c.tools()->manuals().size(), 2u);
  EXPECT_TRUE(call(c, "b.echo"));
  EXPECT_TRUE(is_dry());
}

TEST_F(registration, an_entry_that_could_not_be_read_is_reported_in_its_place) {
  client_config config = config_of({provider("a"), provider("c")});
  configured_manual unreadable;
  unreadable.name = "b.x";
  unreadable.failure = error(errc::invalid_config, "providers.json#/1: expected an object");
  config.manuals.insert(config.manuals.begin() + 1, unreadable);
  client c = make(std::move(config), options());
  ASSERT_EQ(c.registered().size(), 3u);
  EXPECT_EQ(c.registered()[1].name, "b_x");
  EXPECT_EQ(c.registered()[1].failure->message, "providers.json#/1: expected an object");
  EXPECT_TRUE(c.registered()[2].ok());
  EXPECT_THAT(seen->lines, ::testing::Contains("failed b_x"));
}

TEST_F(registration, an_empty_configuration_makes_a_client_without_tools) {
  client c = make(std::vector<call_template>());
  EXPECT_TRUE(c.registered().empty());
  EXPECT_EQ(c.tools()->tool_count(), 0u);
  EXPECT_TRUE(is_dry());
}

TEST_F(registration, took_is_measured_with_the_clients_clock) {
  fake->on_discover = [&](call_template, call_context) {
    clock->advance(std::chrono::milliseconds(70));
    return give({});
  };
  client c = make({provider("a")});
  EXPECT_EQ(c.registered()[0].took, std::chrono::milliseconds(70));
}

TEST_F(registration, runs_in_parallel_up_to_the_limit) {
  std::size_t now = 0;
  std::size_t most = 0;
  gate all_in(io.get_executor());
  fake->on_discover = [&](call_template, call_context) -> task<result<discovery>> {
    most = std::max(most, ++now);
    if (now == 3) all_in.open();
    co_await all_in.wait();
    --now;
    co_return discovery();
  };
  std::vector<call_template> many;
  for (int i = 0; i < 10; ++i) many.push_back(provider("p" + std::to_string(i)));
  client_config config = config_of(many);
  config.defaults.parallel_registrations = 3;
  client c = make(std::move(config), options());
  EXPECT_EQ(most, 3u);
  for (const auto& each : c.registered()) EXPECT_TRUE(each.ok());
  EXPECT_EQ(c.tools()->manuals().size(), 10u);
}

TEST_F(registration, a_limit_of_zero_still_registers) {
  client_config config = config_of({provider("a")});
  config.defaults.parallel_registrations = 0;
  client c = make(std::move(config), options());
  ASSERT_EQ(c.registered().size(), 1u);
  EXPECT_TRUE(c.registered()[0].ok());
}

TEST_F(registration, thousands_that_fail_at_once_do_not_exhaust_the_stack) {
  std::vector<call_template> many;
  for (int i = 0; i < 5000; ++i) many.push_back(provider("p" + std::to_string(i), "nothing"));
  client c = make(std::move(many));
  EXPECT_EQ(c.registered().size(), 5000u);
}

TEST_F(registration, a_name_is_normalised_and_prefixes_its_tools) {
  client c = make({provider("my-api.v2")});
  EXPECT_EQ(c.registered()[0].name, "my_api_v2");
  EXPECT_NE(c.tool("my_api_v2.echo"), nullptr);
  EXPECT_NE(c.tool("my-api.v2.echo") == nullptr, false) << "the text before the first dot is the manual";
  EXPECT_EQ(c.tool("my_api_v2"), nullptr);
}

TEST_F(registration, a_manual_may_be_called_by_the_name_as_written) {
  client c = make({provider("my-api")});
  EXPECT_NE(c.tool("my-api.echo"), nullptr);
  EXPECT_TRUE(call(c, "my-api.echo"));
  EXPECT_TRUE(run(io, c.deregister_manual("my-api")));
}

TEST_F(registration, letters_beyond_ascii_stay_in_a_name) {
  client c = make({provider("wetter_köln")});
  EXPECT_NE(c.tool("wetter_köln.echo"), nullptr);
}

TEST_F(registration, a_tool_that_carries_the_prefix_already_is_not_prefixed_twice) {
  fake->on_discover = [&](call_template, call_context) { return give({make_tool("m.one"), make_tool("two"), make_tool("a.b")}); };
  client c = make({provider("m")});
  EXPECT_NE(c.tool("m.one"), nullptr);
  EXPECT_NE(c.tool("m.two"), nullptr);
  EXPECT_NE(c.tool("m.a.b"), nullptr);
}

TEST_F(registration, a_tool_that_the_transport_still_holds_is_not_changed) {
  auto kept = make_tool("one");
  fake->on_discover = [&](call_template, call_context) { return give({kept}); };
  client c = make({provider("m"), provider("n")});
  EXPECT_EQ(kept->name, "one");
  EXPECT_NE(c.tool("m.one"), nullptr);
  EXPECT_NE(c.tool("n.one"), nullptr);
}

TEST_F(registration, of_two_tools_with_one_name_the_last_counts_with_a_notice) {
  auto second = [] {
    tool t = *make_tool("x");
    t.description = "second";
    return std::make_shared<const tool>(t);
  }();
  fake->on_discover = [&](call_template, call_context) { return give({make_tool("x"), make_tool("y"), second}); };
  client c = make({provider("m")});
  EXPECT_EQ(c.registered()[0].tools, 2u);
  EXPECT_EQ(c.tool("m.x")->description, "second");
  ASSERT_EQ(c.registered()[0].notices.size(), 1u);
  EXPECT_THAT(c.registered()[0].notices[0].message, HasSubstr("1 tool"));
}

TEST_F(registration, a_second_manual_of_a_name_is_refused_and_the_first_stays) {
  client c = make({provider("a"), provider("a")});
  EXPECT_TRUE(c.registered()[0].ok());
  ASSERT_TRUE(c.registered()[1].failure);
  EXPECT_EQ(*c.registered()[1].failure, errc::already_registered);
  EXPECT_THAT(c.registered()[1].failure->message, HasSubstr("Manual a already registered"));
  auto again = run(io, c.register_manual(provider("a")));
  EXPECT_EQ(*again.failure, errc::already_registered);
  EXPECT_TRUE(call(c, "a.echo"));
}

TEST_F(registration, a_name_is_reserved_while_its_discovery_runs) {
  gate hold(io.get_executor());
  fake->on_discover = [&](call_template, call_context) -> task<result<discovery>> {
    co_await hold.wait();
    co_return found_tools(std::vector<tool_ptr>(1, make_tool("echo")));
  };
  client c = make(std::vector<call_template>());
  std::optional<manual_report> first;
  std::optional<manual_report> second;
  c.async_register_manual(provider("a-b"), [&](manual_report r) { first = std::move(r); });
  c.async_register_manual(provider("a_b"), [&](manual_report r) { second = std::move(r); });
  settle_all(io);
  ASSERT_TRUE(second);
  EXPECT_EQ(*second->failure, errc::already_registered);
  EXPECT_FALSE(first);
  hold.open();
  settle_all(io);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->ok());
}

TEST_F(registration, a_name_is_free_again_after_a_failure) {
  bool broken = true;
  fake->on_discover = [&](call_template, call_context) {
    if (broken) return fail(errc::unavailable, "later");
    return give({make_tool("echo")});
  };
  client c = make({provider("a")});
  EXPECT_FALSE(c.registered()[0].ok());
  broken = false;
  EXPECT_TRUE(run(io, c.register_manual(provider("a"))).ok());
}

TEST_F(registration, an_unknown_protocol_names_those_there_are) {
  client c = make({provider("a", "nats")});
  EXPECT_EQ(*c.registered()[0].failure, errc::unsupported);
  EXPECT_THAT(c.registered()[0].failure->message, HasSubstr("\"nats\""));
  EXPECT_THAT(c.registered()[0].failure->message, HasSubstr("fake"));
}

TEST_F(registration, a_missing_variable_fails_its_provider_only) {
  client c = make({provider("a", "fake", {{"url", "https://x.example/${KEY}"}}), provider("b")});
  EXPECT_EQ(*c.registered()[0].failure, errc::missing_variable);
  EXPECT_THAT(c.registered()[0].failure->message, HasSubstr("KEY"));
  EXPECT_THAT(c.registered()[0].failure->message, HasSubstr("\"a\""));
  EXPECT_TRUE(c.registered()[1].ok());
}

TEST_F(registration, what_was_left_as_it_is_is_told_with_the_failure) {
  fake->on_discover = [&](call_template, call_context) { return fail(errc::remote_failed, "HTTP 404"); };
  client c = make({provider("a", "fake", {{"url", "https://x.example/v$TENANT"}})});
  EXPECT_EQ(c.registered()[0].failure->message, "HTTP 404; /url: \"$TENANT\" left as it is: no such variable");
}

TEST_F(registration, settings_that_no_call_could_read_fail_the_provider) {
  client c = make({provider("a", "fake", {{"retry", {{"attemps", 3u}}}}), provider("b", "fake", {{"allowed_origins", {"https://x.example", "nowhere"}}}),
                   provider("c"), provider("d", "fake", {{"other_origins", "maybe"}})});
  EXPECT_THAT(c.registered()[0].failure->message, HasSubstr("manual a#/retry/attemps: unknown key"));
  EXPECT_THAT(c.registered()[1].failure->message, HasSubstr("manual b#/allowed_origins/1: expected an origin"));
  EXPECT_TRUE(c.registered()[2].ok());
  EXPECT_EQ(c.registered()[3].failure->message, "manual d#/other_origins: expected \"report\" or \"refuse\"");
}

TEST_F(registration, variables_are_replaced_before_discovery_and_kept_in_the_repository) {
  std::string url;
  fake->on_discover = [&](call_template how, call_context) {
    url = how.options["url"].get<std::string>();
    return give({});
  };
  environment["KEY"] = "k123";
  client c = make({provider("a", "fake", {{"url", "https://x.example/${KEY}"}})});
  EXPECT_EQ(url, "https://x.example/k123");
  EXPECT_EQ(c.tools()->find_manual("a")->provider()->options["url"], "https://x.example/${KEY}");
}

TEST_F(registration, a_discovery_past_its_deadline_is_timed_out) {
  gate never(io.get_executor());
  fake->on_discover = [&](call_template how, call_context) -> task<result<discovery>> {
    if (how.name == "quick") co_return discovery();
    if (!co_await never.wait()) co_return error(errc::cancelled, "cancelled");
    co_return discovery();
  };
  client_config config = config_of({provider("slow"), provider("quick"), provider("own", "fake", {{"timeout_ms", 100u}})});
  config.defaults.discovery_timeout = std::chrono::seconds(10);
  std::optional<result<client>> made;
  client::async_create(io.get_executor(), std::move(config), options(), [&](result<client> r) { made = std::move(r); });
  settle_all(io);
  clock->advance(std::chrono::milliseconds(100));
  settle_all(io);
  EXPECT_EQ(never.waiting(), 1u) << "only the provider with a timeout of its own has ended";
  EXPECT_FALSE(made);
  clock->advance(std::chrono::seconds(10));
  settle_all(io);
  ASSERT_TRUE(made);
  client c = std::move(**made);
  EXPECT_EQ(*c.registered()[0].failure, errc::timed_out);
  EXPECT_EQ(c.registered()[0].took, std::chrono::milliseconds(10'100));
  EXPECT_TRUE(c.registered()[1].ok());
  EXPECT_EQ(*c.registered()[2].failure, errc::timed_out);
  EXPECT_EQ(clock->alarms_set(), 0u);
  EXPECT_TRUE(is_dry());
}

TEST_F(registration, the_advice_for_a_late_discovery_is_the_application_s_and_stands_behind_a_transport_s_own_words_too) {
  fake->on_discover = [&](call_template how, call_context) -> task<result<discovery>> {
    if (how.name == "late") clock->advance(std::chrono::milliseconds(100));
    co_return error(errc::timed_out, "no answer");
  };
  client_config config = config_of({provider("early"), provider("late")});
  config.defaults.discovery_timeout = std::chrono::milliseconds(100);
  config.defaults.longer_discovery = "--timeout gives it more";
  client c = make(std::move(config), options());
  EXPECT_EQ(c.registered()[0].failure->message, "no answer") << "it was not for the lack of time";
  EXPECT_EQ(c.registered()[1].failure->message, "no answer; --timeout gives it more");
}

TEST_F(registration, a_transport_that_throws_is_an_internal_error_of_its_manual_only) {
  fake->on_discover = [&](call_template how, call_context) -> task<result<discovery>> {
    if (how.name == "later") {
      gate open(io.get_executor());
      open.open();
      co_await open.wait();
      throw std::runtime_error("boom");
    }
    co_return discovery();
  };
  client c = make({provider("later"), provider("ok")});
  EXPECT_EQ(*c.registered()[0].failure, errc::internal);
  EXPECT_THAT(c.registered()[0].failure->message, HasSubstr("boom"));
  EXPECT_TRUE(c.registered()[1].ok());
  EXPECT_THAT(seen->lines, ::testing::Contains("failed later"));
}

TEST_F(registration, a_name_is_free_again_after_a_transport_threw) {
  bool broken = true;
  fake->on_discover = [&](call_template, call_context) -> task<result<discovery>> {
    if (broken) throw std::runtime_error("boom");
    return give({});
  };
  client c = make({provider("a")});
  EXPECT_EQ(*c.registered()[0].failure, errc::internal);
  broken = false;
  EXPECT_TRUE(run(io, c.register_manual(provider("a"))).ok());
}

TEST_F(registration, cancelling_creation_cancels_every_registration) {
  gate never(io.get_executor());
  fake->on_discover = [&](call_template, call_context) -> task<result<discovery>> {
    co_await never.wait();
    co_return error(errc::cancelled, "cancelled");
  };
  client_config config = config_of({provider("a"), provider("b"), provider("c")});
  config.defaults.parallel_registrations = 2;
  boost::asio::cancellation_signal signal;
  std::optional<result<client>> made;
  client::async_create(io.get_executor(), std::move(config), options(),
                       boost::asio::bind_cancellation_slot(signal.slot(), [&](result<client> r) { made = std::move(r); }));
  settle_all(io);
  signal.emit(boost::asio::cancellation_type::terminal);
  settle_all(io);
  ASSERT_TRUE(made);
  client c = std::move(**made);
  for (const auto& each : c.registered()) EXPECT_EQ(*each.failure, errc::cancelled);
  EXPECT_TRUE(is_dry());
}

TEST_F(registration, deregistering_releases_and_frees_the_name) {
  client c = make({provider("a")});
  EXPECT_TRUE(run(io, c.deregister_manual("a")));
  EXPECT_THAT(fake->released, ElementsAre("a"));
  EXPECT_EQ(c.tool("a.echo"), nullptr);
  EXPECT_EQ(call(c, "a.echo").error(), errc::unknown_tool);
  EXPECT_EQ(run(io, c.deregister_manual("a")).error(), errc::unknown_tool);
  EXPECT_TRUE(run(io, c.register_manual(provider("a"))).ok());
  EXPECT_TRUE(call(c, "a.echo"));
  EXPECT_THAT(seen->lines, ::testing::Contains("deregistered a"));
}

TEST_F(registration, registers_many_later_with_reports_in_the_order_given) {
  client c = make(std::vector<call_template>());
  auto reports = run(io, c.register_manuals({provider("z"), provider("y", "none"), provider("x")}));
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[0].name, "z");
  EXPECT_FALSE(reports[1].ok());
  EXPECT_EQ(reports[2].name, "x");
  EXPECT_TRUE(run(io, c.register_manuals({})).empty());
}

TEST_F(registration, an_empty_batch_does_not_complete_before_the_initiating_function_returns) {
  client c = make(std::vector<call_template>());
  bool returned = false;
  bool early = false;
  boost::asio::post(io, [&] {
    c.async_register_manuals({}, [&](client::reports) { early = !returned; });
    returned = true;
  });
  settle_all(io);
  EXPECT_FALSE(early);
}

TEST_F(registration, the_observer_is_told_of_each_step) {
  client c = make({provider("a")});
  EXPECT_THAT(seen->lines, ElementsAre("registering a", "registered a"));
}

TEST_F(registration, unknown_plug_ins_fail_the_creation_with_those_there_are) {
  auto created = [&](auto change) {
    client_config config;
    change(config);
    return run(io, client::create(std::move(config), options()));
  };
  auto search = created([](client_config& c) { c.tool_search_strategy = {{"tool_search_strategy_type", "nope"}}; });
  EXPECT_EQ(search.error(), errc::invalid_config);
  EXPECT_THAT(search.error().message, HasSubstr("nope"));
  auto loader = created([](client_config& c) { c.load_variables_from.push_back({{"variable_loader_type", "vault"}}); });
  EXPECT_THAT(loader.error().message, HasSubstr("dotenv"));
  auto post = created([](client_config& c) { c.post_processing.push_back({{"tool_post_processor_type", "x"}}); });
  EXPECT_EQ(post.error(), errc::invalid_config);
  auto kept = created([](client_config& c) { c.tool_repository = {{"tool_repository_type", "sql"}}; });
  EXPECT_THAT(kept.error().message, HasSubstr("in_memory"));
}

TEST_F(registration, notices_of_the_configuration_reach_the_observer) {
  client_config config;
  config.notices.emplace_back("providers.json#/colour", "unknown key, ignored");
  client c = make(std::move(config), options());
  EXPECT_THAT(seen->notices, ElementsAre("providers.json#/colour: unknown key, ignored"));
}

// The order.

TEST_F(registration, manuals_stand_in_the_order_asked_for_whichever_is_ready_first) {
  std::map<std::string, std::unique_ptr<gate>> holds;
  for (const char* name : {"a", "b", "c"}) holds[name] = std::make_unique<gate>(io.get_executor());
  fake->on_discover = [&](call_template how, call_context) -> task<result<discovery>> {
    if (auto hold = holds.find(how.name); hold != holds.end()) co_await hold->second->wait();
    co_return found_tools(std::vector<tool_ptr>(1, make_tool("echo")));
  };
  std::optional<client> made;
  client::async_create(io.get_executor(), config_of({provider("a"), provider("b"), provider("c")}), options(), [&](result<client> r) { made = std::move(*r); });
  for (const char* name : {"c", "a", "b"}) {
    settle_all(io);
    holds[name]->open();
  }
  settle_all(io);
  ASSERT_TRUE(made);
  auto names = [&] {
    std::string out;
    const catalogue_ptr now = made->tools();
    for (const auto& each : now->manuals()) out += each->name();
    return out;
  };
  EXPECT_EQ(names(), "abc");
  for (auto& [name, hold] : holds) hold = std::make_unique<gate>(io.get_executor());
  holds["d"] = std::make_unique<gate>(io.get_executor());
  made->async_register_manual(provider("d"), [](manual_report) {});
  made->async_register_manual(provider("e"), [](manual_report) {});
  settle_all(io);
  EXPECT_EQ(names(), "abce");
  holds["d"]->open();
  settle_all(io);
  EXPECT_EQ(names(), "abcde");
  ASSERT_TRUE(run(io, made->deregister_manual("a")));
  holds.clear();
  ASSERT_TRUE(run(io, made->register_manual(provider("a"))).ok());
  EXPECT_EQ(names(), "bcdea");
  fake->events->manual_changed("b");
  settle_all(io);
  EXPECT_EQ(names(), "bcdea") << "a manual that is read again keeps its place";
}

// Deadlines.

TEST_F(registration, that_gets_no_answer_says_from_what_and_how_long_it_was_waited) {
  environment["KEY"] = "sesame-123";
  gate never(io.get_executor());
  fake->on_discover = [&](call_template, call_context) -> task<result<discovery>> {
    if (!co_await never.wait()) co_return error(errc::cancelled, "cancelled");
    co_return discovery();
  };
  auto said = [&](json what) {
    what["timeout_ms"] = 2500;
    std::optional<client> made;
    client::async_create(io.get_executor(), config_of({provider("m", "fake", std::move(what))}), options(), [&](result<client> r) { made = std::move(*r); });
    settle_all(io);
    clock->advance(std::chrono::milliseconds(2500));
    settle_all(io);
    const error& why = *made->registered().at(0).failure;
    EXPECT_EQ(why, errc::timed_out);
    return why.message;
  };
  EXPECT_EQ(said({{"url", "http://127.0.0.1:8080/${KEY}/utcp?token=abc&q=literal"}}),
            "no complete answer from http://127.0.0.1:8080/***/utcp within 2500 ms; if it needs longer, set \"timeout_ms\" in the provider");
  EXPECT_THAT(said({{"command_name", "weather --key abc"}}), HasSubstr("from program weather within"));
  EXPECT_THAT(said({{"commands", {{{"command", "weather"}}}}}), HasSubstr("from its commands within"));
  EXPECT_THAT(said({{"file_path", "a.json"}}), HasSubstr("from a.json within"));
  EXPECT_THAT(said({{"host", "db.example"}, {"port", 7000}}), HasSubstr("from db.example:7000 within"));
  EXPECT_THAT(said(json::object()), HasSubstr("from fake provider within"));
}

}  // namespace
}  // namespace utcp::testing
