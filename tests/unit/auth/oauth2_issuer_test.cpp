#include "oauth2_fixture.hpp"

namespace utcp::testing {
namespace {

constexpr const char* oauth_path = "/.well-known/oauth-authorization-server";

/// An authorization server that publishes metadata. `answer_at` scripts other paths than the token endpoint.
class oauth2_issuer_test : public oauth2_test {
 protected:
  oauth2_issuer_test()
      : server([this](const recorded_request& r) {
          if (r.target == "/token" || r.target == "/tls-token") return answer_token(r);
          for (const auto& [path, reply] : pages)
            if (path == r.target) return reply;
          return scripted_reply(404, "");
        }) {}

  json metadata(const std::string& issuer) { return json{{"issuer", issuer}, {"token_endpoint", server.url("/token")}}; }
  void publish(const std::string& path, const json& document) { pages[path] = json_reply(document.dump()); }
  /// Of an issuer without a path.
  std::string origin() const { return server.url(""); }
  std::size_t asked(const std::string& target) const {
    const auto all = server.requests();
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& each) { return each.target == target; }));
  }
  error failure_of(const oauth2_auth& how, bool insecure = false) {
    auto answer = get(how, insecure);
    EXPECT_FALSE(answer);
    EXPECT_EQ(served, 0) << "nothing may be asked of a token endpoint";
    return answer ? error() : answer.error();
  }

  std::function<scripted_reply(const recorded_request&)> answer_token = [this](const recorded_request&) { return token(); };
  std::map<std::string, scripted_reply> pages;
  loopback_http_server server;
};

TEST_F(oauth2_issuer_test, finds_the_token_endpoint_where_rfc_8414_says) {
  publish(oauth_path, metadata(origin()));
  EXPECT_EQ(get(grant_of_issuer(origin())).value(), "t1");
  const auto all = server.requests();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].method, "GET");
  EXPECT_FALSE(all[0].header("Authorization"));
  EXPECT_EQ(all[0].body, "");
  EXPECT_EQ(all[1].method, "POST");
}

TEST_F(oauth2_issuer_test, puts_the_well_known_path_between_host_and_path) {
  for (const char* path : {"/tenant/one", "/tenant/one/"}) {
    publish(std::string(oauth_path) + "/tenant/one", metadata(server.url(path)));
    EXPECT_TRUE(get(grant_of_issuer(server.url(path)))) << path;
  }
  EXPECT_EQ(asked(std::string(oauth_path) + "/tenant/one"), 2u);
}

TEST_F(oauth2_issuer_test, falls_back_to_openid_only_when_nothing_is_there) {
  publish("/realm/.well-known/openid-configuration", metadata(server.url("/realm")));
  EXPECT_TRUE(get(grant_of_issuer(server.url("/realm"))));
  EXPECT_EQ(server.requests()[0].target, std::string(oauth_path) + "/realm");
  EXPECT_EQ(server.requests()[1].target, "/.well-known/openid-configuration/realm");
  EXPECT_EQ(server.requests()[2].target, "/realm/.well-known/openid-configuration");
  pages[std::string(oauth_path) + "/realm2"] = scripted_reply(503, "");
  publish("/realm2/.well-known/openid-configuration", metadata(server.url("/realm2")));
  EXPECT_EQ(get(grant_of_issuer(server.url("/realm2"))).error(), errc::unavailable);
}

TEST_F(oauth2_issuer_test, goes_on_to_the_next_place_whatever_says_that_one_is_not_there) {
  for (int status : {400, 401, 403, 405}) {
    const std::string path = "/issuer" + std::to_string(status);
    pages[oauth_path + path] = scripted_reply(status, "");
    publish(path + "/.well-known/openid-configuration", metadata(server.url(path)));
    EXPECT_TRUE(get(grant_of_issuer(server.url(path)))) << status;
  }
}

TEST_F(oauth2_issuer_test, names_all_places_when_there_are_no_metadata) {
  const auto failed = failure_of(grant_of_issuer(server.url("/x")));
  EXPECT_EQ(failed, errc::remote_failed);
  EXPECT_THAT(failed.message, HasSubstr("/.well-known/oauth-authorization-server/x"));
  EXPECT_THAT(failed.message, HasSubstr("/x/.well-known/openid-configuration"));
  EXPECT_THAT(failed.message, HasSubstr("\"token_url\""));
}

TEST_F(oauth2_issuer_test, takes_no_metadata_of_another_issuer) {
  const json others[] = {origin() + "/", origin() + "/x", "https://evil.example", "", nullptr, 5, json::array({origin()})};
  for (const json& other : others) {
    auto document = metadata(origin());
    document["issuer"] = other;
    publish(oauth_path, document);
    const auto failed = failure_of(grant_of_issuer(origin()));
    EXPECT_EQ(failed, errc::protocol_error) << other;
    EXPECT_THAT(failed.message, HasSubstr("another issuer"));
    EXPECT_EQ(failed.remote["issuer"], other);
  }
}

TEST_F(oauth2_issuer_test, takes_no_metadata_that_are_none) {
  const std::string big = R"({"issuer":")" + std::string(2u << 20, 'x') + "\"}";
  const std::pair<std::string, errc> table[] = {{"", errc::protocol_error},        {"[]", errc::protocol_error},     {"<html>", errc::remote_failed}, {"{\"issuer\":", errc::protocol_error},
                                                {std::string(5000, '['), errc::protocol_error}, {big, errc::too_large}};
  for (const auto& [body, code] : table) {
    pages[oauth_path] = json_reply(body);
    EXPECT_EQ(failure_of(grant_of_issuer(origin())), code) << body.substr(0, 20);
  }
  for (const json& endpoint : {json(), json(5), json(""), json("nonsense"), json("/token"), json::array()}) {
    auto document = metadata(origin());
    document["token_endpoint"] = endpoint;
    publish(oauth_path, document);
    EXPECT_EQ(failure_of(grant_of_issuer(origin())), errc::protocol_error) << endpoint;
  }
}

TEST_F(oauth2_issuer_test, holds_the_token_endpoint_to_the_policy) {
  for (const char* endpoint : {"http://evil.example/token", "file:///etc/passwd", "https://u:p@id.example/token", "ftp://127.0.0.1/"}) {
    auto document = metadata(origin());
    document["token_endpoint"] = endpoint;
    publish(oauth_path, document);
    const auto failed = failure_of(grant_of_issuer(origin()));
    EXPECT_TRUE(failed == errc::not_allowed || failed == errc::protocol_error) << endpoint << failed.message;
  }
}

TEST_F(oauth2_issuer_test, holds_the_issuer_to_the_policy) {
  EXPECT_EQ(failure_of(grant_of_issuer("http://id.example")), errc::not_allowed);
  EXPECT_EQ(failure_of(grant_of_issuer("https://u:p@id.example")), errc::not_allowed);
  for (const char* issuer : {"https://id.example?x=1", "https://id.example/#f", "id.example", "file:///x"}) EXPECT_EQ(failure_of(grant_of_issuer(issuer)), errc::invalid_config) << issuer;
}

TEST_F(oauth2_issuer_test, follows_redirects_of_the_metadata_within_the_origin_only) {
  pages[oauth_path] = redirect_to(302, "/moved");
  publish("/moved", metadata(origin()));
  EXPECT_TRUE(get(grant_of_issuer(origin())));
  loopback_http_server other([&](const recorded_request&) { return json_reply(metadata(server.url("/b")).dump()); });
  for (const auto& where : {other.url("/m"), std::string("https://evil.example/m"), std::string("file:///etc/passwd")}) {
    pages[std::string(oauth_path) + "/b"] = redirect_to(302, where);
    EXPECT_EQ(get(grant_of_issuer(server.url("/b"))).error(), errc::not_allowed) << where;
  }
  EXPECT_TRUE(other.requests().empty());
}

TEST_F(oauth2_issuer_test, token_origins_bound_where_the_endpoint_may_be) {
  loopback_http_server elsewhere([&](const recorded_request&) { return token(); });
  auto document = metadata(origin());
  document["token_endpoint"] = elsewhere.url("/token");
  publish(oauth_path, document);
  auto how = grant_of_issuer(origin());
  how.token_origins.emplace();
  const auto failed = failure_of(how);
  EXPECT_EQ(failed, errc::not_allowed);
  EXPECT_THAT(failed.message, HasSubstr("\"token_origins\""));
  how.token_origins = {"nonsense", "http://127.0.0.1", "https://127.0.0.1:" + std::to_string(elsewhere.port())};
  EXPECT_EQ(failure_of(how), errc::not_allowed);
  how.token_origins->push_back(elsewhere.url(""));
  EXPECT_TRUE(get(how));
  how.token_origins.reset();
  EXPECT_TRUE(get(how));
  EXPECT_EQ(elsewhere.requests().size(), 2u) << "a token got under one rule is not given under another";
}

TEST_F(oauth2_issuer_test, the_issuer_s_own_origin_needs_no_listing) {
  publish(oauth_path, metadata(origin()));
  auto how = grant_of_issuer(origin());
  how.token_origins.emplace();
  EXPECT_TRUE(get(how));
}

TEST_F(oauth2_issuer_test, the_methods_that_the_server_lists_choose_the_attempts) {
  answer_token = [](const recorded_request&) { return scripted_reply(401, "{}"); };
  struct row { json methods; std::vector<bool> by_basic; };
  const row table[] = {{json(), {true, false}},
                       {json::array({"client_secret_basic"}), {true}},
                       {json::array({"client_secret_post", "private_key_jwt"}), {false}},
                       {json::array({"client_secret_basic", "client_secret_post"}), {false, true}}};
  int n = 0;
  for (const auto& [methods, by_basic] : table) {
    const std::string path = "/m" + std::to_string(n++);
    auto document = metadata(server.url(path));
    document["token_endpoint_auth_methods_supported"] = methods;
    publish(oauth_path + path, document);
    const auto before = server.requests().size();
    EXPECT_EQ(get(grant_of_issuer(server.url(path))).error(), errc::unauthorized);
    std::vector<bool> seen;
    const auto all = server.requests();
    for (std::size_t i = before; i < all.size(); ++i)
      if (all[i].target == "/token") seen.push_back(all[i].header("Authorization").has_value());
    EXPECT_EQ(seen, by_basic) << methods;
  }
}

TEST_F(oauth2_issuer_test, a_server_that_takes_no_secret_gets_none) {
  auto document = metadata(origin());
  document["token_endpoint_auth_methods_supported"] = {"private_key_jwt", "tls_client_auth"};
  publish(oauth_path, document);
  EXPECT_EQ(failure_of(grant_of_issuer(origin())), errc::unsupported);
  document["token_endpoint_auth_methods_supported"] = "client_secret_post";
  publish(std::string(oauth_path) + "/x", document);
  auto text = document;
  text["issuer"] = server.url("/x");
  publish(std::string(oauth_path) + "/x", text);
  EXPECT_EQ(failure_of(grant_of_issuer(server.url("/x"))), errc::protocol_error);
}

TEST_F(oauth2_issuer_test, a_client_with_a_certificate_asks_the_alias_for_mutual_tls) {
  auto document = metadata(origin());
  document["mtls_endpoint_aliases"] = {{"token_endpoint", server.url("/tls-token")}};
  publish(oauth_path, document);
  auto how = grant_of_issuer(origin());
  ASSERT_TRUE(get(how));
  EXPECT_EQ(server.last().target, "/token");
  how.client_auth = oauth2_auth::proof::tls;
  how.client_secret = secret();
  ASSERT_TRUE(get(how, with_certificate()));
  EXPECT_EQ(server.last().target, "/tls-token");
  EXPECT_EQ(server.last().body, "grant_type=client_credentials&client_id=id");
}

TEST_F(oauth2_issuer_test, metadata_are_kept_for_an_hour) {
  publish(oauth_path, metadata(origin()));
  auto how = grant_of_issuer(origin());
  for (const char* scope : {"a", "b", "c"}) {
    how.scope = scope;
    ASSERT_TRUE(get(how));
  }
  EXPECT_EQ(asked(oauth_path), 1u);
  clock->advance(std::chrono::hours(1));
  ASSERT_TRUE(get(how));
  EXPECT_EQ(asked(oauth_path), 2u);
}

TEST_F(oauth2_issuer_test, metadata_got_over_one_connection_do_not_count_for_another) {
  publish(oauth_path, metadata(origin()));
  ASSERT_TRUE(get(grant_of_issuer(origin()), with_certificate("one.pem")));
  ASSERT_TRUE(get(grant_of_issuer(origin()), with_certificate("two.pem")));
  EXPECT_EQ(asked(oauth_path), 2u) << "whose certificates are trusted is the connection's business";
}

TEST_F(oauth2_issuer_test, a_token_endpoint_that_fails_is_looked_up_again) {
  publish(oauth_path, metadata(origin()));
  answer_token = [](const recorded_request&) { return scripted_reply(404, ""); };
  EXPECT_FALSE(get(grant_of_issuer(origin())));
  EXPECT_FALSE(get(grant_of_issuer(origin())));
  EXPECT_EQ(asked(oauth_path), 2u);
  answer_token = [](const recorded_request&) { return scripted_reply(401, "{}"); };
  auto how = grant_of_issuer(origin());
  EXPECT_FALSE(get(how));
  clock->advance(std::chrono::seconds(2));
  EXPECT_FALSE(get(how));
  EXPECT_EQ(asked(oauth_path), 3u) << "a refused secret says nothing against the metadata";
}

TEST_F(oauth2_issuer_test, a_crowd_looks_the_metadata_up_once) {
  publish(oauth_path, metadata(origin()));
  std::vector<std::shared_ptr<caller>> all;
  for (int i = 0; i < 200; ++i) all.push_back(begin(grant_of_issuer(origin())));
  finish();
  for (const auto& each : all) EXPECT_EQ(each->outcome->value(), "t1");
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(oauth2_issuer_test, metadata_that_never_come_end_with_the_fetch) {
  limit_fetches_to(std::chrono::milliseconds(60));
  pages[oauth_path].end = scripted_reply::ending::hang;
  EXPECT_EQ(failure_of(grant_of_issuer(origin())), errc::timed_out);
}

}  // namespace
}  // namespace utcp::testing
