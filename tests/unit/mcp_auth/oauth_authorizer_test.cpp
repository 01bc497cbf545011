#include "oauth_rig.hpp"

#include "crypto.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

namespace utcp::testing {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using namespace std::chrono_literals;

class oauth_authorizer_test : public oauth_test {
 protected:
  mcp::oauth_options own_client() {
    mcp::oauth_options out;
    out.client_id = "mine";
    out.client_secret = secret("s3cret & more");
    return out;
  }
};

TEST_F(oauth_authorizer_test, authorizes_after_a_refusal_and_asks_nothing_else) {
  EXPECT_EQ(ask(make()).value(), 200);
  EXPECT_THAT(paths(), ElementsAre("/mcp", "/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server/as", "/register", "/authorize", "/token", "/mcp"));
  const auto token = asked("/token").at(0);
  EXPECT_EQ(query_value(token.body, "grant_type"), "authorization_code");
  EXPECT_EQ(query_value(token.body, "code"), "c0de");
  EXPECT_EQ(query_value(token.body, "redirect_uri"), redirect_uri);
  EXPECT_EQ(query_value(token.body, "resource"), server.url("/mcp"));
  EXPECT_EQ(mcp::base64url(*mcp::sha256(query_value(token.body, "code_verifier"))), challenge);
  EXPECT_THAT(*token.header("Authorization"), HasSubstr("Basic "));
  EXPECT_EQ(of_query(asked("/authorize").at(0), "resource"), server.url("/mcp"));
}

TEST_F(oauth_authorizer_test, sends_nothing_before_a_server_wants_it) { EXPECT_FALSE(run(io, make()->authorization()).value()); }

TEST_F(oauth_authorizer_test, keeps_its_token_and_its_registration_in_the_store) {
  EXPECT_EQ(ask(make()).value(), 200);
  EXPECT_EQ(ask(make()).value(), 200);
  EXPECT_THAT(asked("/token"), SizeIs(1));
  good.clear();
  EXPECT_EQ(ask(make()).value(), 200);
  EXPECT_THAT(asked("/register"), SizeIs(1));
  EXPECT_THAT(asked("/token"), SizeIs(2));
}

TEST_F(oauth_authorizer_test, registers_anew_for_another_redirect_uri) {
  EXPECT_EQ(ask(make()).value(), 200);
  good.clear();
  redirect_uri = "http://127.0.0.1:10/callback";
  EXPECT_EQ(ask(make()).value(), 200);
  EXPECT_THAT(asked("/register"), SizeIs(2));
}

TEST_F(oauth_authorizer_test, signs_out) {
  auto by = make();
  EXPECT_EQ(ask(by).value(), 200);
  ASSERT_TRUE(run(io, by->sign_out()));
  EXPECT_FALSE(run(io, by->authorization()).value());
  EXPECT_FALSE(run(io, make()->authorization()).value());
}

TEST_F(oauth_authorizer_test, looks_for_the_metadata_in_all_places_in_order) {
  www_authenticate = "Bearer";
  pages["/.well-known/oauth-protected-resource/mcp"] = [](const recorded_request&) { return scripted_reply(404, ""); };
  pages["/.well-known/oauth-protected-resource"] = [this](const recorded_request&) { return json_reply(json{{"resource", server.url("")}, {"authorization_servers", json::array({issuer()})}}.dump()); };
  pages["/.well-known/oauth-authorization-server/as"] = [](const recorded_request&) { return scripted_reply(404, ""); };
  pages["/as/.well-known/openid-configuration"] = [this](const recorded_request&) { return json_reply(as_metadata.dump()); };
  EXPECT_EQ(ask(make()).value(), 200);
  const auto all = paths();
  EXPECT_THAT(std::vector<std::string>(all.begin() + 1, all.begin() + 6),
              ElementsAre("/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server/as",
                          "/.well-known/openid-configuration/as", "/as/.well-known/openid-configuration"));
  EXPECT_EQ(query_value(asked("/token").at(0).body, "resource"), server.url(""));
}

TEST_F(oauth_authorizer_test, takes_the_fixed_endpoints_of_2025_03_26_where_there_are_no_metadata) {
  www_authenticate = "Bearer";
  pages["/.well-known/oauth-protected-resource/mcp"] = [](const recorded_request&) { return scripted_reply(404, ""); };
  pages["/authorize"] = [](const recorded_request& r) { return redirect_to(302, of_query(r, "redirect_uri") + "?code=c0de&state=" + of_query(r, "state")); };
  EXPECT_EQ(ask(make()).value(), 200);
  EXPECT_THAT(paths(), Contains("/register"));
  EXPECT_EQ(query_value(asked("/token").at(0).body, "resource"), server.url("/mcp"));
}

TEST_F(oauth_authorizer_test, is_a_metadata_document_where_the_server_takes_one) {
  mcp::oauth_options options;
  options.client_metadata_url = "https://app.example/client.json";
  as_metadata["client_id_metadata_document_supported"] = true;
  EXPECT_EQ(ask(make(options)).value(), 200);
  EXPECT_THAT(asked("/register"), SizeIs(0));
  EXPECT_EQ(of_query(asked("/authorize").at(0), "client_id"), "https://app.example/client.json");
  EXPECT_EQ(query_value(asked("/token").at(0).body, "client_id"), "https://app.example/client.json");
}

TEST_F(oauth_authorizer_test, uses_a_configured_client_with_the_server_s_method) {
  as_metadata["token_endpoint_auth_methods_supported"] = json::array({"client_secret_post"});
  as_metadata.erase("registration_endpoint");
  EXPECT_EQ(ask(make(own_client())).value(), 200);
  EXPECT_EQ(query_value(asked("/token").at(0).body, "client_secret"), "s3cret & more");
  EXPECT_FALSE(asked("/token").at(0).header("Authorization"));
}

TEST_F(oauth_authorizer_test, says_when_no_client_id_can_be_had) {
  as_metadata.erase("registration_endpoint");
  const error failed = failure(make());
  EXPECT_EQ(failed, errc::unsupported);
  EXPECT_THAT(failed.message, HasSubstr("\"client_id\""));
  EXPECT_EQ(visits, 0);
}

TEST_F(oauth_authorizer_test, needs_a_person_only_where_a_person_is_needed) {
  with_person = false;
  EXPECT_EQ(failure(make()), errc::unauthorized);
  auto options = own_client();
  options.grant = mcp::oauth_grant::client_credentials;
  EXPECT_EQ(ask(make(options)).value(), 200);
  const auto token = asked("/token").at(0);
  EXPECT_EQ(query_value(token.body, "grant_type"), "client_credentials");
  EXPECT_EQ(query_value(token.body, "resource"), server.url("/mcp"));
}

TEST_F(oauth_authorizer_test, client_credentials_are_renewed_without_a_refusal) {
  auto options = own_client();
  options.grant = mcp::oauth_grant::client_credentials;
  auto by = make(options);
  EXPECT_EQ(ask(by).value(), 200);
  clock->advance(3590s);
  EXPECT_EQ(ask(by).value(), 200);
  EXPECT_THAT(asked("/mcp"), SizeIs(3));
  EXPECT_EQ(granted, 2);
}

TEST_F(oauth_authorizer_test, proves_itself_by_a_signed_jwt) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  BIO* to = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(to, &text);
  mcp::oauth_options options;
  options.grant = mcp::oauth_grant::client_credentials;
  options.client_id = "mine";
  options.private_key = secret(std::string(text, static_cast<std::size_t>(size)));
  BIO_free(to);
  EVP_PKEY_free(key);
  EXPECT_EQ(ask(make(options)).value(), 200);
  const auto token = asked("/token").at(0);
  EXPECT_EQ(query_value(token.body, "client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  EXPECT_EQ(query_value(token.body, "client_id"), "mine");
  EXPECT_GT(query_value(token.body, "client_assertion").size(), 150u);
}

TEST_F(oauth_authorizer_test, refreshes_before_the_token_ends) {
  with_refresh = true;
  auto by = make();
  EXPECT_EQ(ask(by).value(), 200);
  clock->advance(3571s);
  EXPECT_EQ(ask(by).value(), 200);
  EXPECT_EQ(visits, 1);
  EXPECT_THAT(asked("/mcp"), SizeIs(3)) << "no request was refused";
  const auto refresh = asked("/token").at(1);
  EXPECT_EQ(query_value(refresh.body, "grant_type"), "refresh_token");
  EXPECT_EQ(query_value(refresh.body, "refresh_token"), "r1");
  EXPECT_EQ(query_value(refresh.body, "resource"), server.url("/mcp"));
}

TEST_F(oauth_authorizer_test, refreshes_when_a_token_is_refused_early) {
  with_refresh = true;
  auto by = make();
  EXPECT_EQ(ask(by).value(), 200);
  good.clear();
  EXPECT_EQ(ask(by).value(), 200);
  EXPECT_EQ(visits, 1);
}

TEST_F(oauth_authorizer_test, asks_the_person_again_when_the_refresh_token_is_refused) {
  with_refresh = true;
  auto by = make();
  EXPECT_EQ(ask(by).value(), 200);
  clock->advance(4000s);
  pages["/token"] = [this](const recorded_request& r) {
    if (query_value(r.body, "grant_type") == "refresh_token") return scripted_reply(400, R"({"error":"invalid_grant"})").type("application/json");
    return grant();
  };
  EXPECT_EQ(ask(by).value(), 200);
  EXPECT_EQ(visits, 2);
}

TEST_F(oauth_authorizer_test, takes_the_tokens_that_another_process_got) {
  with_refresh = true;
  auto one = make();
  auto two = make();
  EXPECT_EQ(ask(one).value(), 200);
  EXPECT_EQ(ask(two).value(), 200);
  clock->advance(3595s);
  EXPECT_EQ(ask(one).value(), 200);
  pages["/token"] = [](const recorded_request&) { return scripted_reply(400, R"({"error":"invalid_grant"})").type("application/json"); };
  EXPECT_EQ(ask(two).value(), 200) << "its refresh token was used by the other one";
  EXPECT_EQ(visits, 1);
}

TEST_F(oauth_authorizer_test, keeps_a_token_that_is_still_good_when_the_token_server_is_away) {
  with_refresh = true;
  auto by = make();
  EXPECT_EQ(ask(by).value(), 200);
  clock->advance(3580s);
  pages["/token"] = [](const recorded_request&) { return scripted_reply(503, ""); };
  EXPECT_EQ(ask(by).value(), 200);
  clock->advance(30s);
  EXPECT_EQ(failure(by), errc::unavailable);
}

TEST_F(oauth_authorizer_test, asks_for_the_scopes_so_far_and_those_of_the_refusal) {
  resource["scopes_supported"] = json::array({"profile"});
  pages["/mcp"] = [](const recorded_request& r) {
    const auto header = r.header("Authorization");
    if (!header) return scripted_reply(401, "").with("WWW-Authenticate", "Bearer scope=\"read\"");
    if (*header == "Bearer t1") return scripted_reply(403, "").with("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"write\"");
    return json_reply("{}");
  };
  EXPECT_EQ(ask(make()).value(), 200);
  EXPECT_THAT(scopes_asked, ElementsAre("read", "read write"));
}

TEST_F(oauth_authorizer_test, lets_a_refusal_stand_that_other_credentials_would_not_change) {
  for (const auto& [status, field] : {std::pair(403, ""), std::pair(403, "Bearer error=\"invalid_token\""), std::pair(401, "Basic realm=\"x\"")}) {
    pages["/mcp"] = [status = status, field = field](const recorded_request&) { return scripted_reply(status, "").with("WWW-Authenticate", field); };
    EXPECT_EQ(ask(make()).value(), status);
  }
  pages["/mcp"] = [](const recorded_request& r) {
    return scripted_reply(r.header("Authorization") ? 403 : 401, "").with("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"a\"");
  };
  EXPECT_EQ(ask(make()).value(), 403) << "the token has that scope";
  EXPECT_EQ(visits, 1);
}

TEST_F(oauth_authorizer_test, goes_to_another_authorization_server_with_another_client) {
  auto by = make();
  EXPECT_EQ(ask(by).value(), 200);
  good.clear();
  json moved = as_metadata;
  moved["issuer"] = server.url("/as2");
  moved["registration_endpoint"] = server.url("/register2");
  resource["authorization_servers"] = json::array({server.url("/as2")});
  pages["/.well-known/oauth-authorization-server/as2"] = [moved](const recorded_request&) { return json_reply(moved.dump()); };
  pages["/register2"] = [](const recorded_request&) { return json_reply(R"({"client_id":"second"})"); };
  pages["/authorize"] = [this](const recorded_request& r) { return redirect_to(302, redirect_uri + "?code=c0de&state=" + of_query(r, "state")); };
  EXPECT_EQ(ask(by).value(), 200);
  EXPECT_EQ(of_query(asked("/authorize").at(1), "client_id"), "second");
  EXPECT_THAT(asked("/token").at(1).body, HasSubstr("client_id=second"));
}

TEST_F(oauth_authorizer_test, a_crowd_shares_one_authorization) {
  auto by = make();
  std::vector<result<int>> done;
  for (int i = 0; i < 200; ++i)
    boost::asio::co_spawn(io, request(by), [&](std::exception_ptr, result<int> status) { done.push_back(std::move(status)); });
  io.run();
  ASSERT_EQ(done.size(), 200u);
  for (const auto& each : done) EXPECT_EQ(each.value(), 200);
  EXPECT_EQ(visits, 1);
  EXPECT_EQ(granted, 1);
}

TEST_F(oauth_authorizer_test, an_authorization_outlives_the_request_that_began_it) {
  std::function<void()> answer_now;
  boost::asio::steady_timer hold(io, boost::asio::steady_timer::time_point::max());
  pages["/mcp"] = [this](const recorded_request& r) { return serve(r); };
  auto by = make();
  boost::asio::cancellation_signal stop;
  bool ended = false;
  pages["/token"] = [&](const recorded_request&) {
    boost::asio::post(io, [&] { stop.emit(boost::asio::cancellation_type::terminal); });
    return grant();
  };
  boost::asio::co_spawn(io, request(by), boost::asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, result<int>) { ended = true; }));
  io.run();
  EXPECT_TRUE(ended);
  EXPECT_EQ(ask(by).value(), 200);
  EXPECT_EQ(visits, 1);
}

TEST_F(oauth_authorizer_test, a_store_that_fails_stops_nothing_and_is_told) {
  store = mcp::make_file_token_store("/proc/none/credentials.json");
  EXPECT_EQ(ask(make()).value(), 200);
  EXPECT_THAT(notices, Contains(HasSubstr("/proc/none")));
  EXPECT_THAT(notices, Each(Not(HasSubstr("t1"))));
}

TEST_F(oauth_authorizer_test, refuses_options_that_make_no_sense) {
  const auto made = [&](const std::function<void(mcp::oauth_options&)>& change, const char* url = "https://s/mcp") {
    mcp::oauth_options options;
    change(options);
    return mcp::oauth_authorizer::make(url, options, mcp::oauth_parts());
  };
  EXPECT_TRUE(made([](auto&) {}));
  EXPECT_EQ(made([](auto&) {}, "http://s/mcp").error(), errc::not_allowed);
  EXPECT_EQ(made([](auto&) {}, "nonsense").error(), errc::invalid_config);
  EXPECT_EQ(made([](auto& o) { o.client_secret = secret("x"); }).error(), errc::invalid_config);
  EXPECT_EQ(made([](auto& o) { o.grant = mcp::oauth_grant::client_credentials; }).error(), errc::invalid_config);
  EXPECT_EQ(made([](auto& o) { o.client_metadata_url = "https://app"; }).error(), errc::invalid_config);
  EXPECT_EQ(made([](auto& o) { o.client_metadata_url = "http://app/x"; }).error(), errc::invalid_config);
  EXPECT_EQ(made([](auto& o) { o.issuer = "http://as"; }).error(), errc::not_allowed);
  EXPECT_EQ(made([](auto& o) { o.client_id = "a", o.private_key = secret("x"); }).error(), errc::invalid_config);
}

}  // namespace
}  // namespace utcp::testing
