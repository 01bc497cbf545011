#include "server_authorization.hpp"

#include "fake_clock.hpp"

#include <utcp/masking.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>

namespace utcp::mcp_transport {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class server_authorization_test : public ::testing::Test {
 protected:
  server_authorization_test() {
    options.store = mcp::make_memory_token_store();
    request.server = "s";
    request.url = "https://s.example/mcp";
    request.options = json::object();
    request.executor = io.get_executor();
    request.parts.client = std::make_shared<net::http_client>(io.get_executor());
    request.clock = std::make_shared<testing::fake_clock>();
  }
  result<std::shared_ptr<mcp::authorizer>> made() { return make_authorizer(options, request, [](notice) {}); }

  boost::asio::io_context io;
  mcp_options options;
  mcp_server_request request;
};

TEST(authorization_settings, are_read_from_a_server_s_entry) {
  const auto read = read_authorization("s", json::parse(R"({"authorization":{"grant":"client_credentials","client_id":"i","client_secret":"s","issuer":"https://as","scope":"a b",
      "client_name":"n","client_metadata_url":"https://app/c.json","assertion_file":"/f","private_key":null}})"));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->wanted);
  EXPECT_TRUE(read->written);
  EXPECT_EQ(read->options.grant, mcp::oauth_grant::client_credentials);
  EXPECT_EQ(read->options.client_id, "i");
  EXPECT_EQ(read->options.client_secret.reveal(), "s");
  EXPECT_EQ(read->options.issuer, "https://as");
  EXPECT_EQ(read->options.scope, "a b");
  EXPECT_EQ(read->options.client_name, "n");
  EXPECT_EQ(read->options.client_metadata_url, "https://app/c.json");
  EXPECT_EQ(read->assertion_file, "/f");
  EXPECT_TRUE(read->options.private_key.empty());
  EXPECT_FALSE(read_authorization("s", json{{"authorization", false}})->wanted);
  EXPECT_TRUE(read_authorization("s", json::object())->wanted);
}

TEST(authorization_settings, name_what_is_wrong_and_show_no_secret) {
  for (const char* text : {R"({"authorization":"x"})", R"({"authorization":{"client_secrets":"hidden"}})", R"({"authorization":{"client_secret":5}})", R"({"authorization":{"grant":"password"}})"}) {
    const auto read = read_authorization("mail", json::parse(text));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error(), errc::invalid_config);
    EXPECT_THAT(read.error().message, HasSubstr("mcpServers/mail/authorization"));
    EXPECT_THAT(read.error().message, Not(HasSubstr("hidden")));
  }
}

TEST(authorization_settings, are_masked_where_a_template_is_shown) {
  const std::string shown = mask_template(json::parse(R"({"config":{"mcpServers":{"s":{"authorization":{"client_secret":"hidden","private_key":"hidden"}}}}})")).dump();
  EXPECT_THAT(shown, Not(HasSubstr("hidden")));
}

TEST_F(server_authorization_test, is_there_without_a_word_about_it) {
  EXPECT_NE(made().value(), nullptr);
  request.url = "http://127.0.0.1:1/mcp";
  EXPECT_NE(made().value(), nullptr);
  request.options["authorization"] = false;
  EXPECT_EQ(made().value(), nullptr);
}

TEST_F(server_authorization_test, gives_no_token_to_a_server_in_the_clear) {
  request.url = "http://s.example/mcp";
  EXPECT_EQ(made().value(), nullptr);
  request.options["authorization"]["scope"] = "a";
  EXPECT_EQ(made().error(), errc::not_allowed);
}

TEST_F(server_authorization_test, tells_which_server_s_options_make_no_sense) {
  request.options["authorization"]["grant"] = "client_credentials";
  EXPECT_EQ(made().error(), errc::invalid_config);
  EXPECT_THAT(made().error().message, HasSubstr("mcpServers/s/authorization"));
  request.options["authorization"] = json{{"grant", "jwt_bearer"}};
  EXPECT_EQ(made().error(), errc::invalid_config);
  request.options["authorization"]["assertion_file"] = "/nowhere";
  EXPECT_TRUE(made());
}

TEST_F(server_authorization_test, is_the_application_s_where_it_brings_its_own) {
  int asked = 0;
  options.authorize = [&](mcp_server_request) {
    ++asked;
    return std::shared_ptr<mcp::authorizer>();
  };
  EXPECT_EQ(made().value(), nullptr);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace utcp::mcp_transport
