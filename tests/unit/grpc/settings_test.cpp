#include "grpc_settings.hpp"

#include <gmock/gmock.h>

namespace utcp::grpc_transport {
namespace {

using ::testing::HasSubstr;

call_template from(json options) {
  call_template out;
  out.name = "m";
  out.protocol = "grpc";
  out.options = std::move(options);
  return out;
}

result<grpc_settings> read(const call_template& how, bool allow_insecure = false) { return read_settings(how, "/root/dir", net::connection_options(), allow_insecure, false); }

TEST(grpc_settings, has_the_peers_defaults) {
  const auto settings = read(from(json::object()));
  ASSERT_TRUE(settings);
  EXPECT_EQ(shown(settings->server), "127.0.0.1:9339");
  EXPECT_FALSE(settings->server.tls);
  EXPECT_TRUE(settings->reflection && settings->qualified_names);
}

TEST(grpc_settings, reads_all_keys) {
  const auto settings = read(from({{"host", "[::1]"}, {"port", "50051"}, {"use_ssl", "true"}, {"service_name", "p.S"}, {"method_name", "M"}, {"services", {"p.S", "p.T"}}, {"descriptor_set", "x.set"},
                                   {"proto_files", {"a.proto"}}, {"import_paths", {"protos", "/abs"}}, {"metadata", {{"X-One", 1}, {"raw-bin", "AP8"}, {"many", {"a", "b"}}}}, {"metadata_fields", {"tenant"}}, {"target", "dev1"},
                                   {"server_name", "other"}, {"authority", "a:1"}, {"compression", "gzip"}, {"max_message_bytes", 1000}, {"keepalive_time_ms", 5}, {"qualified_names", false}}));
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(shown(settings->server), "[::1]:50051");
  EXPECT_TRUE(settings->server.tls);
  EXPECT_EQ(settings->files.sets.front(), "/root/dir/x.set");
  EXPECT_THAT(settings->files.import_paths, ::testing::ElementsAre("/root/dir/protos", "/abs"));
  EXPECT_THAT(settings->metadata, ::testing::UnorderedElementsAre(::testing::Pair("target", "dev1"), ::testing::Pair("x-one", "1"), ::testing::Pair("raw-bin", std::string("\0\xff", 2)), ::testing::Pair("many", "a"), ::testing::Pair("many", "b")));
  EXPECT_EQ(settings->compress, compression::gzip);
  EXPECT_EQ(settings->server.max_message_bytes, 1000u);
}

TEST(grpc_settings, names_the_key_that_is_wrong) {
  const std::pair<json, const char*> cases[] = {
      {{{"host", "http://x"}}, "\"host\""}, {{{"host", ""}}, "\"host\""}, {{{"port", 0}}, "\"port\""}, {{{"port", 70000}}, "\"port\""}, {{{"use_ssl", 1}}, "\"use_ssl\""}, {{{"services", 1}}, "\"services\""},
      {{{"metadata", {{"a b", "x"}}}}, "\"metadata/a b\""}, {{{"metadata", {{"grpc-x", "x"}}}}, "grpc-x"}, {{{"metadata", {{"a", "é"}}}}, "\"metadata/a\""}, {{{"metadata", {{"a-bin", "%"}}}}, "base64"},
      {{{"compression", "brotli"}}, "\"compression\""}, {{{"reflection", false}}, "\"reflection\""}, {{{"client_key", "x"}}, "client_key"}, {{{"proxy", "http://p"}}, "\"proxy\""}};
  for (const auto& [options, word] : cases) {
    const auto settings = read(from(options));
    ASSERT_FALSE(settings) << options;
    EXPECT_THAT(settings.error().message, HasSubstr(word));
  }
}

TEST(grpc_settings, refuses_plaintext_to_another_machine) {
  const auto refused = read(from({{"host", "example.com"}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_allowed);
  EXPECT_TRUE(read(from({{"host", "example.com"}}), true));
  EXPECT_TRUE(read(from({{"host", "example.com"}, {"use_ssl", true}})));
  EXPECT_FALSE(read(from({{"host", "127.0.0.1.evil.example"}})));
  EXPECT_TRUE(read(from({{"unix_socket", "/run/x"}, {"host", "x"}})));
}

TEST(grpc_settings, takes_no_local_files_from_a_remote) {
  for (const char* key : {"descriptor_set", "proto_files", "unix_socket"}) {
    call_template how = from({{"host", "example.com"}, {"use_ssl", true}, {key, "/etc/passwd"}});
    how.origin = trust::remote;
    const auto refused = read(how);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::not_allowed);
  }
}

}  // namespace
}  // namespace utcp::grpc_transport
