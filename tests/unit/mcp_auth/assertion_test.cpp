#include "oauth_rig.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace utcp::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

task<result<secret>> numbered(int* count, std::string issuer) { co_return secret("jwt" + std::to_string(++*count) + " for " + issuer); }

class assertion_test : public oauth_test {
 protected:
  assertion_test() { options.grant = mcp::oauth_grant::jwt_bearer; }
  mcp::oauth_options options;
};

TEST_F(assertion_test, a_workload_brings_its_own_jwt_and_a_new_one_each_time) {
  int count = 0;
  assertion = [&](std::string issuer, std::string) { return numbered(&count, std::move(issuer)); };
  auto by = make(options);
  EXPECT_EQ(ask(by).value(), 200);
  clock->advance(3590s);
  EXPECT_EQ(ask(by).value(), 200);
  const auto asked_for = asked("/token");
  ASSERT_THAT(asked_for, SizeIs(2));
  EXPECT_EQ(query_value(asked_for[0].body, "grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
  EXPECT_EQ(query_value(asked_for[0].body, "assertion"), "jwt1 for " + issuer());
  EXPECT_EQ(query_value(asked_for[0].body, "client_id"), "(none)");
  EXPECT_EQ(query_value(asked_for[1].body, "assertion"), "jwt2 for " + issuer());
  EXPECT_THAT(asked("/register"), SizeIs(0));
}

TEST_F(assertion_test, a_refused_jwt_is_not_tried_again_and_not_shown) {
  int count = 0;
  assertion = [&](std::string issuer, std::string) { return numbered(&count, std::move(issuer)); };
  pages["/token"] = [](const recorded_request& r) { return scripted_reply(400, json{{"error", "invalid_grant"}, {"error_description", r.body}}.dump()).type("application/json"); };
  auto by = make(options);
  const error failed = failure(by);
  EXPECT_EQ(failed, errc::unauthorized);
  EXPECT_THAT(failed.remote.dump(), Not(HasSubstr("jwt1")));
  EXPECT_EQ(failure(by), errc::unauthorized);
  EXPECT_THAT(asked("/token"), SizeIs(1));
}

TEST_F(assertion_test, comes_from_a_file_that_is_read_each_time) {
  std::string name = (std::filesystem::temp_directory_path() / "utcp-assertion-XXXXXX").string();
  const std::filesystem::path folder = ::mkdtemp(name.data());
  const auto file = folder / "token";
  const auto source = mcp::make_file_assertion(file);
  const auto read = [&] { return run(io, source("https://as", "https://s")); };
  EXPECT_EQ(read().error(), errc::unauthorized);
  std::ofstream(file) << "one\n";
  EXPECT_EQ(read()->reveal(), "one");
  std::ofstream(file) << "two";
  EXPECT_EQ(read()->reveal(), "two");
  std::ofstream(file) << "\n";
  EXPECT_EQ(read().error(), errc::unauthorized);
  std::ofstream(file) << std::string(70'000, 'a');
  EXPECT_EQ(read().error(), errc::unauthorized);
  std::filesystem::remove_all(folder);
}

class enterprise_test : public assertion_test {
 protected:
  enterprise_test() {
    options.client_id = "mine";
    options.client_secret = secret("s3cret & more");
    mcp::identity_provider at;
    at.token_endpoint = server.url("/idp");
    at.client_id = "at idp";
    at.id_token = secret("id t0ken");
    assertion = mcp::make_enterprise_assertion(http, std::move(at));
    answer_with(R"({"issued_token_type":"urn:ietf:params:oauth:token-type:id-jag","access_token":"the jag","token_type":"N_A","expires_in":300})");
  }
  void answer_with(std::string body, int status = 200) {
    pages["/idp"] = [=](const recorded_request&) {
      auto reply = json_reply(body);
      reply.status = status;
      return reply;
    };
  }
};

TEST_F(enterprise_test, exchanges_the_person_s_id_token_for_the_assertion) {
  EXPECT_EQ(ask(make(options)).value(), 200);
  const auto exchange = asked("/idp").at(0);
  EXPECT_EQ(query_value(exchange.body, "requested_token_type"), "urn:ietf:params:oauth:token-type:id-jag");
  EXPECT_EQ(query_value(exchange.body, "audience"), issuer());
  EXPECT_EQ(query_value(exchange.body, "resource"), server.url("/mcp"));
  EXPECT_EQ(query_value(exchange.body, "subject_token"), "id t0ken");
  EXPECT_EQ(query_value(exchange.body, "client_id"), "at idp");
  EXPECT_EQ(query_value(asked("/token").at(0).body, "assertion"), "the jag");
}

TEST_F(enterprise_test, what_the_identity_provider_refuses_or_garbles_ends_it) {
  answer_with(R"({"error":"invalid_grant","error_description":"id t0ken"})", 400);
  const error refused = failure(make(options));
  EXPECT_EQ(refused, errc::unauthorized);
  EXPECT_THAT(refused.remote.dump(), Not(HasSubstr("id t0ken")));
  for (const char* body : {"", "[]", "{}", R"({"access_token":"a"})", R"({"issued_token_type":"urn:ietf:params:oauth:token-type:access_token","access_token":"a"})",
                           R"({"issued_token_type":"urn:ietf:params:oauth:token-type:id-jag","access_token":5})"}) {
    answer_with(body);
    EXPECT_EQ(failure(make(options)), errc::protocol_error) << body;
  }
  answer_with("{}", 302);
  EXPECT_EQ(failure(make(options)), errc::not_allowed);
  EXPECT_THAT(asked("/token"), SizeIs(0));
}

TEST_F(enterprise_test, the_identity_provider_has_to_be_reached_safely) {
  mcp::identity_provider at;
  at.token_endpoint = "http://idp.example/token";
  assertion = mcp::make_enterprise_assertion(http, std::move(at));
  EXPECT_EQ(failure(make(options)), errc::not_allowed);
}

}  // namespace
}  // namespace utcp::testing
