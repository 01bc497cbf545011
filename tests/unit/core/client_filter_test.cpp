#include "call_fixture.hpp"

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class naming_filter final : public call_filter {
 public:
  naming_filter(std::string name, std::vector<std::string>& log, bool answers = false) : name_(std::move(name)), log_(log), answers_(answers) {}
  task<result<tool_result>> run(tool_call what, call_context context, call_next next) override {
    log_.push_back(name_ + " in");
    if (answers_) co_return tool_result(json(name_));
    what.arguments[name_] = true;
    auto answer = co_await next(std::move(what), std::move(context));
    log_.push_back(name_ + " out");
    co_return answer;
  }

 private:
  std::string name_;
  std::vector<std::string>& log_;
  bool answers_;
};

TEST_F(calls, filters_stand_around_each_call_outermost_first) {
  std::vector<std::string> log;
  auto with = options();
  with.filters = {std::make_shared<naming_filter>("a", log), std::make_shared<naming_filter>("b", log)};
  client c = make(config_of({provider("m")}), std::move(with));
  auto answer = call(c, "m.echo");
  EXPECT_THAT(log, ElementsAre("a in", "b in", "b out", "a out"));
  EXPECT_EQ(answer->to_json(), (json{{"a", true}, {"b", true}}));
}

TEST_F(calls, a_filter_may_answer_itself) {
  std::vector<std::string> log;
  auto with = options();
  with.filters = {std::make_shared<naming_filter>("a", log), std::make_shared<naming_filter>("stop", log, true), std::make_shared<naming_filter>("b", log)};
  client c = make(config_of({provider("m")}), std::move(with));
  EXPECT_EQ(call(c, "m.echo")->to_json(), "stop");
  EXPECT_THAT(log, ElementsAre("a in", "stop in", "a out"));
  EXPECT_TRUE(fake->calls.empty());
}

class twice_filter final : public call_filter {
 public:
  task<result<tool_result>> run(tool_call what, call_context context, call_next next) override {
    auto first = co_await next(what, context);
    if (!first) co_return first;
    co_return co_await next(std::move(what), std::move(context));
  }
};

TEST_F(calls, a_filter_may_call_on_more_than_once) {
  auto with = options();
  with.filters.push_back(std::make_shared<twice_filter>());
  client c = make(config_of({provider("m")}), std::move(with));
  EXPECT_TRUE(call(c, "m.echo"));
  EXPECT_EQ(fake->calls.size(), 2u);
}

class throwing_filter final : public call_filter {
 public:
  task<result<tool_result>> run(tool_call, call_context, call_next) override { throw std::runtime_error("filter broke"); }
};

TEST_F(calls, a_filter_that_throws_is_an_internal_error) {
  auto with = options();
  with.filters.push_back(std::make_shared<throwing_filter>());
  client c = make(config_of({provider("m")}), std::move(with));
  EXPECT_EQ(call(c, "m.echo").error(), errc::internal);
  EXPECT_TRUE(is_dry());
}

class appending_processor final : public post_processor {
 public:
  explicit appending_processor(std::string word) : word_(std::move(word)) {}
  result<tool_result> process(tool_result value, const std::string& tool, const std::string& manual) const override {
    if (word_ == "fail") return error(errc::too_large, "too long");
    if (word_ == "throw") throw std::runtime_error("processor broke");
    return tool_result(json(value.to_json().dump() + word_ + tool + manual));
  }

 private:
  std::string word_;
};

client_options with_processors(client_options base) {
  base.registry.add_post_processor("append", [](const json& options) -> result<std::shared_ptr<post_processor>> {
    return std::shared_ptr<post_processor>(std::make_shared<appending_processor>(options.at("word").get<std::string>()));
  });
  return base;
}

json append(std::string word) { return {{"tool_post_processor_type", "append"}, {"word", std::move(word)}}; }

TEST_F(calls, post_processors_change_the_answer_in_their_order) {
  client_config config = config_of({provider("m")});
  config.post_processing = {append("1"), append("2")};
  client c = make(std::move(config), with_processors(options()));
  EXPECT_EQ(call(c, "m.echo")->to_json(), "\"{}1m.echom\"2m.echom");
}

TEST_F(calls, a_post_processor_that_fails_or_throws_fails_the_call) {
  for (const char* word : {"fail", "throw"}) {
    client_config config = config_of({provider("m")});
    config.post_processing = {append(word), append("2")};
    client c = make(std::move(config), with_processors(options()));
    EXPECT_FALSE(call(c, "m.echo"));
    EXPECT_THAT(seen->lines.back(), HasSubstr("finished m.echo "));
  }
}

TEST_F(calls, the_observer_hears_of_the_start_and_the_end) {
  client c = make({provider("m")});
  call(c, "m.echo");
  EXPECT_THAT(seen->lines, ElementsAre("registering m", "registered m", "started m.echo", "finished m.echo"));
}

}  // namespace
}  // namespace utcp::testing
