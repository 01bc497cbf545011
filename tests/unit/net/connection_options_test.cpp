#include <utcp/net/connection_options.hpp>

#include <gmock/gmock.h>

#include <fstream>

namespace {

using namespace utcp;
using namespace utcp::net;
using ::testing::HasSubstr;
using ::testing::Not;

class connection_options_test : public ::testing::Test {
 protected:
  connection_options_test() {
    std::string pattern = (std::filesystem::temp_directory_path() / "utcp-XXXXXX").string();
    root = ::mkdtemp(pattern.data());
    for (const char* name : {"ca.pem", "me.pem", "key.pem"}) std::ofstream(root / name) << "x";
  }
  ~connection_options_test() override { std::filesystem::remove_all(root); }

  result<connection_options> read(const json& options, const connection_options& otherwise = {}) const { return read_connection_options(options, "f.json#/defaults/http", root, otherwise); }

  std::filesystem::path root;
};

TEST_F(connection_options_test, reads_all_and_starts_relative_paths_at_the_root) {
  const auto got = read({{"ca_file", "ca.pem"}, {"client_certificate", "me.pem"}, {"client_key", (root / "key.pem").string()}, {"client_key_password", "pw"},
                         {"tls_min_version", "1.3"}, {"http_version", "1.1"}, {"proxy", "http://u:p@proxy.example:3128"}, {"unix_socket", "api.sock"}});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->ca_file, (root / "ca.pem").string());
  EXPECT_EQ(got->client_key, (root / "key.pem").string());
  EXPECT_EQ(got->client_key_password.reveal(), "pw");
  EXPECT_EQ(got->least_tls, tls_version::tls1_3);
  EXPECT_EQ(got->version, http_version::http1_1);
  EXPECT_EQ(got->proxy->reveal(), "http://u:p@proxy.example:3128");
  EXPECT_EQ(got->unix_socket, (root / "api.sock").string());
}

TEST_F(connection_options_test, takes_what_is_not_there_from_the_defaults_but_no_key_for_another_certificate) {
  const auto usual = read({{"ca_file", "ca.pem"}, {"client_certificate", "me.pem"}, {"client_key", "key.pem"}, {"proxy", "http://proxy.example"}});
  const auto got = read({{"client_certificate", "ca.pem"}, {"proxy", ""}}, *usual);
  ASSERT_TRUE(got);
  EXPECT_EQ(got->ca_file, usual->ca_file);
  EXPECT_EQ(got->client_key, "");
  EXPECT_EQ(got->proxy->reveal(), "");
  EXPECT_FALSE(read(json::object())->proxy);
}

TEST_F(connection_options_test, names_the_key_that_is_wrong_and_no_secret) {
  for (const json& bad : {json{{"ca_file", "none.pem"}}, json{{"ca_file", 1}}, json{{"client_key", "key.pem"}}, json{{"tls_min_version", "1.1"}}, json{{"http_version", "3"}},
                          json{{"proxy", "ftp://u:verysecret@x"}}, json{{"proxy", "u:verysecret@x"}}, json{{"unix_socket", std::string(200, 'x')}}}) {
    const auto got = read(bad);
    ASSERT_FALSE(got) << bad;
    EXPECT_EQ(got.error(), errc::invalid_config);
    EXPECT_THAT(got.error().message, ::testing::StartsWith("f.json#/defaults/http/" + bad.begin().key() + ": "));
    EXPECT_THAT(got.error().message, Not(HasSubstr("verysecret")));
  }
}

TEST_F(connection_options_test, keeps_identity_and_sockets_from_other_servers) {
  const auto got = read({{"ca_file", "ca.pem"}, {"client_certificate", "me.pem"}, {"client_key", "key.pem"}, {"client_key_password", "pw"}, {"unix_socket", "s"}, {"proxy", "http://p.example"}});
  const connection_options elsewhere = without_identity(*got);
  EXPECT_EQ(elsewhere.client_certificate + elsewhere.client_key + elsewhere.client_key_password.reveal() + elsewhere.unix_socket, "");
  EXPECT_EQ(elsewhere.ca_file, got->ca_file);
  EXPECT_EQ(elsewhere.proxy, got->proxy);
}

}  // namespace
