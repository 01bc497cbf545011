#include <utcp/variables.hpp>

#include <utcp/auth.hpp>
#include <utcp/secret.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace utcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class map_loader final : public variable_loader {
 public:
  map_loader(std::string name, std::map<std::string, std::string> values) : name_(std::move(name)), values_(std::move(values)) {}
  std::optional<std::string> load(const std::string& name) const override {
    auto it = values_.find(name);
    return it == values_.end() ? std::nullopt : std::optional<std::string>(it->second);
  }
  std::string describe() const override { return name_; }

 private:
  std::string name_;
  std::map<std::string, std::string> values_;
};

variable_scope scope(std::string manual, dialect as = dialect::v1, trust origin = trust::configuration) {
  variable_scope out;
  out.manual = std::move(manual);
  out.dialect = as;
  out.origin = origin;
  return out;
}

class variables : public ::testing::Test {
 protected:
  variables() {
    how.variables = {{"A", "1"}, {"A_B", "2"}, {"m_A", "3"}, {"EMPTY", ""}, {"R", "$A"}};
    environment = {{"E1", "env1"}, {"my__api_K", "nsval"}};
    how.environment = [this](const std::string& name) -> std::optional<std::string> {
      auto it = environment.find(name);
      return it == environment.end() ? std::nullopt : std::optional<std::string>(it->second);
    };
  }
  variable_source source() const { return variable_source(how); }

  /// What a text in an ordinary option becomes; "error: …" where it fails.
  std::string text(const std::string& in, const variable_scope& at = variable_scope()) {
    json out = json_of(json{{"option", "(" + in + ")"}}, at);
    if (out.is_string()) return out.get<std::string>();
    auto whole = out["option"].get<std::string>();
    return whole.substr(1, whole.size() - 2);
  }
  /// The same for a text that is a whole value.
  std::string whole(const std::string& in, const variable_scope& at = variable_scope()) {
    json out = json_of(json{{"option", in}}, at);
    return out.is_string() ? out.get<std::string>() : out["option"].get<std::string>();
  }
  json json_of(json options, const variable_scope& at) {
    call_template in;
    in.protocol = "fake";
    in.options = std::move(options);
    auto out = substitute(in, at, source());
    if (!out) return "error: " + out.error().message;
    notices = out->notices;
    secrets = out->secrets;
    return out->value.options;
  }

  variable_source::settings how;
  std::map<std::string, std::string> environment;
  std::vector<notice> notices;
  std::vector<std::string> secrets;
};

// Source: vectors recorded by running python-utcp 1.1.3, and where this client differs on purpose (docs/providers.md).

TEST_F(variables, recorded_vectors_without_a_manual) {
  EXPECT_EQ(whole("x$A-y"), "x1-y");
  EXPECT_EQ(whole("${A}B"), "1B");
  EXPECT_EQ(whole("$A_B"), "2");
  EXPECT_EQ(whole("$$A"), "$1");
  EXPECT_EQ(whole("$E1"), "env1");
  EXPECT_EQ(whole("${EMPTY}|"), "|");
  EXPECT_EQ(whole("$EMPTY"), "");
  EXPECT_EQ(whole("$R"), "$A") << "a value is not searched again";
  EXPECT_EQ(whole("a$ref"), "a$ref");
  EXPECT_EQ(whole("#$ref $A"), "#$ref $A");
  for (const char* same : {"$", "${}", "${A", "", "$ {A}", "${A B}", "plain", "${A-B}", "a$-b"}) EXPECT_EQ(whole(same), same);
}

TEST_F(variables, recorded_vectors_with_a_manual) {
  EXPECT_EQ(whole("$A", scope("m")), "3");
  EXPECT_EQ(whole("$K", scope("my_api")), "nsval");
  EXPECT_EQ(namespaced_variable("my_api", "API_KEY"), "my__api_API_KEY");
  EXPECT_EQ(namespaced_variable("a__b", "X"), "a____b_X");
  EXPECT_EQ(namespaced_variable("api", "X"), "api_X");
}

TEST_F(variables, only_string_values_are_touched_and_keys_never) {
  EXPECT_EQ(json_of(json::parse(R"({"$A":"$A","n":5,"l":["$A",null,true]})"), variable_scope()), json::parse(R"({"$A":"1","n":5,"l":["1",null,true]})"));
}

TEST_F(variables, letters_beyond_ascii_end_a_name_in_v1_and_belong_to_it_in_v0) {
  EXPECT_EQ(whole("$É"), "$É");
  how.variables["É"] = "e";
  EXPECT_EQ(whole("$É", scope("m", dialect::v0)), "e");
  EXPECT_EQ(whole("${É}", scope("m", dialect::v0)), "e");
}

TEST_F(variables, an_unknown_bare_name_inside_a_text_stays_with_a_notice) {
  EXPECT_EQ(whole("cost $5"), "cost $5");
  ASSERT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0].place, "/option");
  EXPECT_THAT(notices[0].message, HasSubstr("$5"));
  EXPECT_EQ(whole("$refX, $AB and $A"), "$refX, $AB and 1");
  EXPECT_EQ(notices.size(), 2u);
}

TEST_F(variables, an_unknown_bare_name_as_a_whole_value_is_an_error) {
  for (const char* name : {"AB", "refX", "5"}) EXPECT_THAT(whole(std::string("$") + name), HasSubstr("error: /option: variable \"" + std::string(name) + "\""));
}

TEST_F(variables, an_unknown_bare_name_in_headers_or_auth_is_an_error) {
  EXPECT_THAT(json_of({{"headers", {{"X", "a $NOPE"}}}}, variable_scope()).get<std::string>(), HasSubstr("error: /headers/X"));
  for (bool tools : {false, true}) {
    call_template in;
    (tools ? in.auth_tools : in.auth) = {{"auth_type", "api_key"}, {"api_key", "Bearer $NOPE"}};
    auto out = substitute(in, variable_scope(), source());
    ASSERT_FALSE(out);
    EXPECT_EQ(out.error(), errc::missing_variable);
    EXPECT_THAT(out.error().message, HasSubstr(tools ? "/auth_tools/api_key" : "/auth/api_key"));
  }
}

TEST_F(variables, an_unknown_name_in_braces_is_an_error_that_names_variable_manual_and_places) {
  how.loaders.push_back(std::make_shared<map_loader>("secrets.env", std::map<std::string, std::string>()));
  const std::string said = whole("a${NOPE}b", scope("shop"));
  EXPECT_THAT(said, HasSubstr("\"NOPE\""));
  EXPECT_THAT(said, HasSubstr("\"shop\""));
  EXPECT_THAT(said, HasSubstr("shop_NOPE"));
  EXPECT_THAT(said, HasSubstr("\"variables\""));
  EXPECT_THAT(said, HasSubstr("secrets.env"));
  EXPECT_THAT(said, HasSubstr("environment"));
  EXPECT_THAT(said, HasSubstr("define shop_NOPE"));
}

// Where a value may come from.

TEST_F(variables, v1_looks_up_the_namespaced_name_only) {
  environment = {{"X", "bare"}};
  EXPECT_THAT(whole("${X}", scope("m")), HasSubstr("error"));
  environment["m_X"] = "own";
  EXPECT_EQ(whole("${X}", scope("m")), "own");
}

TEST_F(variables, v1_falls_back_to_the_bare_name_where_the_switch_is_on) {
  how.bare_variables = true;
  environment = {{"X", "bare"}};
  EXPECT_EQ(whole("${X}", scope("m")), "bare");
  environment["m_X"] = "own";
  EXPECT_EQ(whole("${X}", scope("m")), "own");
}

TEST_F(variables, v0_looks_up_the_bare_name_and_then_the_namespaced_one) {
  environment = {{"m_X", "own"}};
  EXPECT_EQ(whole("${X}", scope("m", dialect::v0)), "own");
  environment["X"] = "bare";
  EXPECT_EQ(whole("${X}", scope("m", dialect::v0)), "bare");
}

TEST_F(variables, text_from_a_remote_gets_the_namespaced_or_granted_name_only) {
  environment = {{"GITHUB_TOKEN", "secret"}};
  how.bare_variables = true;
  for (dialect as : {dialect::v0, dialect::v1}) {
    auto at = scope("m", as, trust::remote);
    const std::string said = whole("${GITHUB_TOKEN}", at);
    EXPECT_THAT(said, HasSubstr("error"));
    EXPECT_THAT(said, HasSubstr("allowed_variables"));
    EXPECT_THAT(said, Not(HasSubstr("secret")));
    at.granted = {"GITHUB_TOKEN"};
    EXPECT_EQ(whole("${GITHUB_TOKEN}", at), "secret");
    at.granted = {"OTHER"};
    EXPECT_THAT(whole("${GITHUB_TOKEN}", at), HasSubstr("error"));
  }
  environment["m_GITHUB_TOKEN"] = "given";
  EXPECT_EQ(whole("${GITHUB_TOKEN}", scope("m", dialect::v0, trust::remote)), "given");
}

TEST_F(variables, come_from_the_map_then_the_loaders_in_order_then_the_environment) {
  how.variables = {{"a", "map"}, {"empty", ""}};
  how.loaders = {std::make_shared<map_loader>("one", std::map<std::string, std::string>{{"a", "1"}, {"b", "1"}, {"e", ""}, {"empty", "1"}}),
                 std::make_shared<map_loader>("two", std::map<std::string, std::string>{{"b", "2"}, {"c", "2"}, {"e", "2"}})};
  environment = {{"a", "env"}, {"b", "env"}, {"c", "env"}, {"d", "env"}, {"nothing", ""}};
  EXPECT_EQ(whole("$a"), "map");
  EXPECT_EQ(whole("$b"), "1");
  EXPECT_EQ(whole("$c"), "2");
  EXPECT_EQ(whole("$d"), "env");
  EXPECT_EQ(whole("$e"), "2") << "an empty value of a loader counts as none";
  EXPECT_EQ(whole("[$empty]"), "[]") << "an empty value of the map is a value";
  EXPECT_THAT(whole("$nothing"), HasSubstr("error")) << "an empty value of the environment counts as none";
}

TEST(variables_of_the_process, are_the_default_environment) {
  ASSERT_EQ(setenv("UTCP_CORE_TEST_VARIABLE", "from the process", 1), 0);
  variable_source from{variable_source::settings()};
  EXPECT_EQ(*from.find("UTCP_CORE_TEST_VARIABLE", variable_scope()), "from the process");
  unsetenv("UTCP_CORE_TEST_VARIABLE");
}

// What is not touched.

TEST_F(variables, fields_whose_dollar_belongs_to_another_language_stay) {
  auto after = [&](std::string protocol, json options) {
    call_template in;
    in.protocol = std::move(protocol);
    in.options = std::move(options);
    auto out = substitute(in, scope("m", dialect::v0), source());
    return out ? out->value.options : json("error: " + out.error().message);
  };
  json graphql = {{"query", "query($A: ID!) { x(id: $A) }"}, {"url", "https://x.example/$A"}};
  EXPECT_EQ(after("graphql", graphql)["query"], graphql["query"]);
  EXPECT_EQ(after("graphql", graphql)["url"], "https://x.example/1");
  json cli = {{"commands", {{{"command", "echo $HOME ${UNKNOWN} $A"}}}}, {"env_vars", {{"X", "$A"}}}};
  EXPECT_EQ(after("cli", cli)["commands"], cli["commands"]);
  EXPECT_EQ(after("cli", cli)["env_vars"]["X"], "1");
  json text = {{"content", "costs ${KEY} $A"}};
  EXPECT_EQ(after("text", text), text);
  EXPECT_EQ(after("file", text), text);
  EXPECT_THAT(after("http", {{"query", "${UNKNOWN}"}}).get<std::string>(), HasSubstr("error")) << "only where the field means that";
}

TEST_F(variables, odata_options_of_an_address_stay) {
  for (const char* url : {"https://x.example/Items?$filter=a eq 1&$select=b,c;$top=3", "https://x.example/Items($expand=y)", "https://x.example/?$orderby=${A}"}) {
    const std::string out = whole(url);
    EXPECT_EQ(out.find("$filter") != std::string::npos, std::string(url).find("$filter") != std::string::npos);
    EXPECT_TRUE(notices.empty()) << notices[0].message;
  }
  EXPECT_EQ(whole("https://x.example/?$orderby=${A}"), "https://x.example/?$orderby=1");
  how.variables["filter"] = "f";
  EXPECT_EQ(whole("https://x.example/?$filter=1"), "https://x.example/?$filter=1");
  EXPECT_EQ(whole("https://x.example/?x=$filter"), "https://x.example/?x=f") << "not in the place of an option";
  EXPECT_EQ(whole("https://x.example/?${filter}=1"), "https://x.example/?f=1") << "braces say that a variable is meant";
}

TEST_F(variables, a_doubled_dollar_is_one_where_the_escape_is_on) {
  how.escape_dollar = true;
  for (auto [in, out] : std::vector<std::pair<std::string, std::string>>{{"$$A", "$A"},
                                                                          {"$$$A", "$1"},
                                                                          {"$$$$A", "$$A"},
                                                                          {"$${A}", "${A}"},
                                                                          {"$$${A}", "$1"},
                                                                          {"$$", "$"},
                                                                          {"$$$", "$$"},
                                                                          {"a$$b", "a$b"},
                                                                          {"$A$$A$A", "1$A1"},
                                                                          {"$A", "1"},
                                                                          {"5 $$ and $A", "5 $ and 1"},
                                                                          {"$$NOPE", "$NOPE"},
                                                                          {"$${NOPE}", "${NOPE}"},
                                                                          {"100$", "100$"}})
    EXPECT_EQ(whole(in), out) << in;
  how.escape_dollar = false;
  EXPECT_EQ(whole("$$A$$"), "$1$$");
}

TEST_F(variables, very_deep_values_are_refused) {
  json deep = "$A";
  for (int i = 0; i < 300; ++i) deep = json::array({deep});
  EXPECT_THAT(json_of({{"option", deep}}, variable_scope()).dump(), HasSubstr("too deep"));
}

TEST_F(variables, every_value_put_in_is_known_for_redaction) {
  json_of({{"a", "$A"}, {"b", "x$E1"}}, variable_scope());
  EXPECT_THAT(secrets, ElementsAre("1", "env1"));
}

TEST_F(variables, hosts_and_ports_may_be_read_and_what_else_was_put_in_may_not) {
  how.variables = {{"HOST", "api.example"}, {"PORT", "48213"}, {"BASE", "http://127.0.0.1:48213"}, {"BASE_PATH", "https://api.example/v1/hook/8723?k=91234"}, {"REGION", "eu-west"},
                   {"SCHEME", "https"}, {"API_KEY", "sesame-1"}, {"TOKEN_HOST", "id.example"}, {"TENANT", "3f9c1a77b02d4e5f8a61"}, {"USER", "alice"}, {"ODD", "not a host"}};
  auto hidden = [&](json options, const variable_scope& at = variable_scope()) {
    json_of(std::move(options), at);
    return secrets;
  };
  auto hidden_in_url = [&](const std::string& url) { return hidden({{"url", url}}); };
  for (const char* readable : {"http://127.0.0.1:${PORT}/utcp", "https://${HOST}:$PORT/x", "${BASE}/utcp", "https://${REGION}.api.example?x=1", "${SCHEME}://${HOST}/", "https://$TOKEN_HOST/"})
    EXPECT_THAT(hidden_in_url(readable), ElementsAre()) << readable;
  EXPECT_THAT(hidden_in_url("${BASE_PATH}"), ElementsAre("/v1/hook/8723", "?k=91234", "/v1/hook/8723?k=91234"));
  EXPECT_THAT(hidden_in_url("https://${API_KEY}.api.example/"), ElementsAre("sesame-1")) << "its name says that it is a secret";
  EXPECT_THAT(hidden_in_url("https://${TENANT}.api.example/"), ElementsAre("3f9c1a77b02d4e5f8a61")) << "it looks like a key";
  EXPECT_THAT(hidden_in_url("https://${ODD}/"), ElementsAre("not a host"));
  EXPECT_THAT(hidden_in_url("https://${USER}:x@api.example/"), ElementsAre("alice")) << "what stands before an @ is no host";
  for (const char* behind : {"https://api.example/${HOST}", "https://api.example?h=${HOST}", "https://api.example#${HOST}", "${HOST}"})
    EXPECT_THAT(hidden_in_url(behind), ElementsAre("api.example")) << behind;
  EXPECT_THAT(hidden({{"url", "https://${HOST}/"}, {"headers", {{"X", "$HOST"}}}}), ElementsAre("api.example")) << "put in elsewhere, too";
  EXPECT_THAT(hidden({{"host", "$HOST"}, {"port", "$PORT"}}), ElementsAre());
  EXPECT_THAT(hidden({{"option", "$HOST"}}), ElementsAre("api.example"));
  how.variables["m_HOST"] = "api.example";
  EXPECT_THAT(hidden({{"url", "https://${HOST}/"}}, scope("m", dialect::v1, trust::remote)), ElementsAre("api.example")) << "a remote text chooses the place itself";
}

// For display.

TEST_F(variables, are_masked_for_display_but_the_host_of_an_address_stays) {
  how.variables = {{"HOST", "https://api.example"}, {"URL", "https://api.example/v1/key?q=1"}, {"KEY", "sesame"}, {"REGION", "eu"}, {"PORT", "8443"}};
  auto shown = [&](std::string url) {
    call_template in;
    in.protocol = "http";
    in.options = {{"url", std::move(url)}, {"headers", {{"X", "k $KEY"}}}};
    in.auth = {{"auth_type", "api_key"}, {"api_key", "$KEY"}};
    auto out = substitute_masked(in, variable_scope(), source());
    EXPECT_TRUE(out) << out.error().message;
    EXPECT_EQ(out->options["headers"]["X"], "k ***");
    EXPECT_EQ(out->auth["api_key"], "***");
    return out->options["url"].get<std::string>();
  };
  EXPECT_EQ(shown("${HOST}/x/${KEY}"), "https://api.example/x/***");
  EXPECT_EQ(shown("https://${REGION}.example/x"), "https://eu.example/x");
  EXPECT_EQ(shown("https://api.example:${PORT}/x"), "https://api.example:8443/x");
  EXPECT_EQ(shown("${URL}"), "https://api.example/***");
  EXPECT_EQ(shown("https://api.example/?k=${KEY}&r=${REGION}"), "https://api.example/?k=***&r=***");
  EXPECT_EQ(shown("https://user:${KEY}@api.example/"), "https://user:***@api.example/") << "what stands before an @ is no host";
  EXPECT_EQ(shown("${KEY}"), "***");
}

TEST_F(variables, required_ones_are_named_as_they_are_looked_up_first) {
  call_template in;
  in.protocol = "graphql";
  in.options = {{"u", "$A ${B} $A"}, {"v", {"$C", "a$ref $Z"}}, {"query", "$Q"}, {"url", "https://x.example/?$filter=1"}};
  in.auth = {{"api_key", "${K}"}};
  in.auth_tools = {{"api_key", "${T}"}};
  EXPECT_THAT(required_variables(in, scope("my_api")), ElementsAre("my__api_A", "my__api_B", "my__api_C", "my__api_K", "my__api_T"));
  EXPECT_THAT(required_variables(in, scope("my_api", dialect::v0)), ElementsAre("A", "B", "C", "K", "T"));
  EXPECT_THAT(required_variables(in, scope("my_api", dialect::v0, trust::remote)), ElementsAre("my__api_A", "my__api_B", "my__api_C", "my__api_K", "my__api_T"));
  EXPECT_THAT(required_variables(in, variable_scope()), ElementsAre("A", "B", "C", "K", "T"));
}

TEST_F(variables, that_are_used_are_told_with_their_keys_and_whether_they_are_required) {
  call_template in;
  in.protocol = "graphql";
  in.options = {{"u", "$A ${B} $A"}, {"v", {"$C", "a $D$E", "a$ref $Z"}}, {"headers", {{"X", "k $F"}}}, {"query", "$Q"}, {"url", "https://x.example/$G?$filter=1"}, {"w", "$G$$H"}};
  in.auth = {{"api_key", "k $K"}};
  auto told = [&](const variable_scope& at) {
    std::string out;
    for (const variable_use& use : variables_used(in, at, how)) {
      out += (out.empty() ? "" : " ") + use.name + (use.required ? "!" : "?");
      for (const std::string& key : use.keys) out += "," + key;
    }
    return out;
  };
  EXPECT_EQ(told(variable_scope()), "A?,A B!,B C!,C D?,D E?,E F!,F G?,G H?,H K!,K");
  how.escape_dollar = true;
  how.bare_variables = true;
  EXPECT_EQ(told(scope("m")), "A?,m_A,A B!,m_B,B C!,m_C,C D?,m_D,D E?,m_E,E F!,m_F,F G?,m_G,G K!,m_K,K") << "$$H is a text";
  in.options = {{"u", "$A"}};
  in.auth = nullptr;
  variable_scope remote = scope("m", dialect::v0, trust::remote);
  EXPECT_EQ(told(remote), "A!,m_A");
  remote.granted = {"A"};
  EXPECT_EQ(told(remote), "A!,m_A,A");
  EXPECT_EQ(told(scope("m", dialect::v0)), "A!,A,m_A");
}

/// Whatever is told of a template, replacing its variables agrees.
TEST_F(variables, used_and_replaced_agree_about_what_is_required) {
  how.variables.clear();
  for (const char* text : {"$A", "a $A", "${A}", "a ${A} b", "$$A", "a$ref $A", "$A$B", "?$filter=1&x=$A"}) {
    for (const char* key : {"option", "headers"}) {
      for (bool escape : {false, true}) {
        how.escape_dollar = escape;
        call_template in;
        in.protocol = "fake";
        in.options[key] = {{"X", text}};
        bool required = false;
        for (const variable_use& use : variables_used(in, variable_scope(), how)) required = required || use.required;
        EXPECT_EQ(substitute(in, variable_scope(), source()).has_value(), !required) << text << " in " << key << (escape ? ", escaped" : "");
      }
    }
  }
}

TEST(a_secret, prints_as_stars) {
  std::ostringstream out;
  out << secret("sesame") << ::testing::PrintToString(secret("sesame"));
  EXPECT_THAT(out.str(), HasSubstr("***"));
  EXPECT_THAT(out.str(), Not(HasSubstr("sesame")));
  EXPECT_EQ(secret("sesame").reveal(), "sesame");
  EXPECT_EQ(secret("a"), secret("a"));
  EXPECT_TRUE(secret().empty());
}

// Auth objects.

TEST(an_auth_object, of_each_kind_is_read) {
  auto key = parse_auth({{"auth_type", "api_key"}, {"api_key", "k"}});
  ASSERT_TRUE(key);
  EXPECT_EQ(std::get<api_key_auth>(*key).key.reveal(), "k");
  EXPECT_EQ(std::get<api_key_auth>(*key).name, "X-Api-Key");
  EXPECT_EQ(std::get<api_key_auth>(*key).location, api_key_auth::place::header);
  auto cookie = parse_auth({{"auth_type", "api_key"}, {"api_key", "k"}, {"var_name", "sid"}, {"location", "cookie"}});
  EXPECT_EQ(std::get<api_key_auth>(*cookie).location, api_key_auth::place::cookie);
  EXPECT_EQ(std::get<api_key_auth>(*cookie).name, "sid");
  auto basic = parse_auth({{"auth_type", "basic"}, {"username", "u"}, {"password", ""}});
  ASSERT_TRUE(basic);
  EXPECT_EQ(std::get<basic_auth>(*basic).username.reveal(), "u");
  auto oauth = parse_auth({{"auth_type", "oauth2"}, {"token_url", "https://t.example"}, {"client_id", "i"}, {"client_secret", "s"}, {"scope", nullptr}});
  ASSERT_TRUE(oauth);
  EXPECT_EQ(std::get<oauth2_auth>(*oauth).scope, std::nullopt);
  auto scoped = parse_auth({{"auth_type", "oauth2"}, {"token_url", "https://t.example"}, {"client_id", "i"}, {"client_secret", "s"}, {"scope", "a b"}});
  EXPECT_EQ(std::get<oauth2_auth>(*scoped).scope, "a b");
}

TEST(an_auth_object, of_oauth2_may_name_the_issuer_in_the_place_of_the_token_url) {
  const json base = {{"auth_type", "oauth2"}, {"issuer", "https://id.example"}, {"client_id", "i"}, {"client_secret", "s"}};
  auto with = [&](const char* key, json value) {
    json out = base;
    out[key] = std::move(value);
    return parse_auth(out);
  };
  auto oauth = parse_auth(base);
  ASSERT_TRUE(oauth) << oauth.error().message;
  EXPECT_EQ(std::get<oauth2_auth>(*oauth).issuer, "https://id.example");
  EXPECT_EQ(std::get<oauth2_auth>(*oauth).token_url, "");
  EXPECT_EQ(std::get<oauth2_auth>(*oauth).token_origins, std::nullopt);
  EXPECT_TRUE(with("token_url", nullptr));
  EXPECT_THAT(with("token_url", "https://t.example").error().message, HasSubstr("exclude each other"));
  EXPECT_EQ(std::get<oauth2_auth>(*with("token_origins", json::array({"https://t.example"}))).token_origins, std::vector<std::string>{"https://t.example"});
  EXPECT_THAT(with("token_origins", "https://t.example").error().message, HasSubstr("array"));
  EXPECT_THAT(with("token_origins", json::array({5})).error().message, HasSubstr("array"));
  const json by_url = {{"auth_type", "oauth2"}, {"token_url", "https://t.example"}, {"client_id", "i"}, {"client_secret", "s"}, {"token_origins", json::array()}};
  EXPECT_THAT(parse_auth(by_url).error().message, HasSubstr("\"token_origins\""));
}

TEST(an_auth_object, of_oauth2_lacks_a_secret_only_on_purpose) {
  const json base = {{"auth_type", "oauth2"}, {"token_url", "https://t.example"}, {"client_id", "i"}};
  auto with = [&](json more) {
    json out = base;
    out.update(more);
    return parse_auth(out);
  };
  EXPECT_THAT(with(json::object()).error().message, HasSubstr("\"client_auth\": \"tls\""));
  EXPECT_THAT(with({{"client_secret", ""}}).error().message, HasSubstr("empty"));
  EXPECT_THAT(with({{"client_secret", 5}}).error().message, HasSubstr("must be a string"));
  EXPECT_THAT(with({{"client_auth", "body"}}).error().message, HasSubstr("\"client_secret\" is missing"));
  EXPECT_THAT(with({{"client_auth", "tls"}, {"client_secret", "s"}}).error().message, HasSubstr("leave it out"));
  EXPECT_THAT(with({{"client_auth", "mtls"}}).error().message, HasSubstr("body, header or tls"));
  const auto by_tls = with({{"client_auth", "tls"}});
  ASSERT_TRUE(by_tls);
  EXPECT_EQ(std::get<oauth2_auth>(*by_tls).client_auth, oauth2_auth::proof::tls);
  EXPECT_TRUE(std::get<oauth2_auth>(*by_tls).client_secret.empty());
  EXPECT_EQ(std::get<oauth2_auth>(*with({{"client_auth", "body"}, {"client_secret", "s"}})).client_auth, oauth2_auth::proof::body);
  EXPECT_EQ(std::get<oauth2_auth>(*with({{"client_auth", "header"}, {"client_secret", "s"}})).client_auth, oauth2_auth::proof::header);
  EXPECT_EQ(std::get<oauth2_auth>(*with({{"client_secret", "s"}})).client_auth, oauth2_auth::proof::any);
}

TEST(an_auth_object, that_lacks_something_says_what) {
  auto said = [](json j) { return parse_auth(j).error(); };
  EXPECT_THAT(said({{"auth_type", "api_key"}}).message, HasSubstr("\"api_key\" is missing"));
  EXPECT_THAT(said({{"auth_type", "api_key"}, {"api_key", ""}}).message, HasSubstr("empty"));
  EXPECT_THAT(said({{"auth_type", "api_key"}, {"api_key", 5}}).message, HasSubstr("must be a string"));
  EXPECT_THAT(said({{"auth_type", "api_key"}, {"api_key", "k"}, {"location", "body"}}).message, HasSubstr("header, query or cookie"));
  EXPECT_THAT(said({{"auth_type", "basic"}, {"username", "u"}}).message, HasSubstr("password"));
  EXPECT_THAT(said({{"auth_type", "oauth2"}, {"token_url", "u"}}).message, HasSubstr("client_id"));
  EXPECT_THAT(said({{"auth_type", "oauth2"}, {"client_id", "i"}, {"client_secret", "s"}}).message, HasSubstr("\"token_url\" is missing"));
  EXPECT_EQ(said({{"auth_type", "kerberos"}}), errc::unsupported);
  EXPECT_EQ(said(5), errc::invalid_config);
  EXPECT_EQ(said(json::object()), errc::invalid_config);
}

}  // namespace
}  // namespace utcp::testing
