#include "loopback_http_server.hpp"
#include "run.hpp"

#include <utcp/input_channel.hpp>
#include <utcp/net/http_client.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include <gmock/gmock.h>

namespace {

using namespace utcp;
using namespace utcp::net;
using namespace utcp::testing;
using ::testing::HasSubstr;
namespace asio = boost::asio;

// 127.0.0.1 stands for the public, 127.0.0.2 for a private network.
address_scope pretended_scope(const asio::ip::address& address) {
  return address == asio::ip::make_address("127.0.0.1") ? address_scope::public_use : address_scope::private_use;
}

class http_connection_test : public ::testing::Test {
 protected:
  http_connection_test() {
    const std::string port = std::to_string(server.port());
    options.scope_of = pretended_scope;
    options.resolve = {"public.example:" + port + ":127.0.0.1", "private.example:" + port + ":127.0.0.2", "both.example:" + port + ":127.0.0.2,127.0.0.1"};
  }

  result<http_response> get(const std::string& host, bool public_only) {
    if (!client) client = std::make_shared<http_client>(io.get_executor(), options);
    http_request request;
    request.target = *url::parse("http://" + host + ":" + std::to_string(server.port()) + "/");
    request.public_addresses_only = public_only;
    request.want_peer = true;
    return run(io, client->send(std::move(request)));
  }

  result<http_response> upload(std::shared_ptr<input_source> source, const std::string& method = "POST") {
    if (!client) client = std::make_shared<http_client>(io.get_executor(), options);
    http_request request;
    request.method = method;
    request.target = *url::parse(server.url("/up"));
    request.upload = std::move(source);
    if (deadline) request.deadline = time_point::clock::now() + *deadline;
    return run(io, client->send(std::move(request)));
  }

  // The listener is on 127.0.0.1 only, so what reaches it under another name went there.
  loopback_http_server server{[](const recorded_request&) { return scripted_reply("here"); }};
  asio::io_context io;
  http_client_options options;
  std::optional<std::chrono::milliseconds> deadline;
  std::shared_ptr<http_client> client;
};

TEST_F(http_connection_test, checks_the_resolved_address_when_it_connects) {
  const auto fine = get("public.example", true);
  ASSERT_TRUE(fine) << fine.error().message;
  EXPECT_EQ(fine->peer, address_scope::public_use);
  const auto refused = get("private.example", true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::not_allowed);
  EXPECT_THAT(refused.error().message, HasSubstr("127.0.0.2"));
  EXPECT_THAT(refused.error().message, HasSubstr("allow_private_addresses"));
}

TEST_F(http_connection_test, goes_to_the_public_address_of_a_host_that_has_both) {
  const auto got = get("both.example", true);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->peer, address_scope::public_use);
}

TEST_F(http_connection_test, does_not_reuse_a_connection_that_was_made_without_the_rule) {
  options.scope_of = [](const asio::ip::address&) { return address_scope::private_use; };
  ASSERT_TRUE(get("public.example", false));
  const auto refused = get("public.example", true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), errc::not_allowed);
  EXPECT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(get("public.example", false));
}

class text_source final : public input_source {
 public:
  text_source(std::string text, bool tells_size) : text_(std::move(text)), tells_size_(tells_size) {}
  std::optional<std::uint64_t> size() const override { return tells_size_ ? std::optional<std::uint64_t>(text_.size()) : std::nullopt; }
  result<std::size_t> read(char* to, std::size_t room) override {
    if (fail_at && at_ >= *fail_at) return error(errc::invalid_argument, "the disk is gone");
    const std::size_t size = std::min({room, text_.size() - at_, std::size_t{1000}});
    text_.copy(to, size, at_);
    at_ += size;
    return size;
  }
  bool rewind() override {
    at_ = 0;
    return true;
  }
  std::optional<std::size_t> fail_at;

 private:
  std::string text_;
  bool tells_size_;
  std::size_t at_ = 0;
};

TEST_F(http_connection_test, uploads_what_a_source_gives_with_or_without_a_known_size) {
  const std::string text(100'000, 'u');
  ASSERT_TRUE(upload(std::make_shared<text_source>(text, true)));
  EXPECT_EQ(server.last().body.size(), text.size());
  EXPECT_EQ(server.last().header("Content-Length"), "100000");
  ASSERT_TRUE(upload(std::make_shared<text_source>(text, true), "PUT"));
  EXPECT_EQ(server.last().method, "PUT");
  EXPECT_EQ(server.last().body, text);
}

TEST_F(http_connection_test, waits_for_what_is_uploaded) {
  auto source = std::make_shared<input_channel>(io.get_executor());
  asio::steady_timer later(io, std::chrono::milliseconds(20));
  later.async_wait([&](boost::system::error_code) {
    source->async_write(std::string(100'000, 'u'), asio::detached);
    later.expires_after(std::chrono::milliseconds(20));
    later.async_wait([&](boost::system::error_code) {
      source->async_write("end", asio::detached);
      source->close();
    });
  });
  ASSERT_TRUE(upload(source));
  EXPECT_EQ(server.last().body, std::string(100'000, 'u') + "end");
}

TEST_F(http_connection_test, gives_up_an_upload_that_never_comes) {
  auto source = std::make_shared<input_channel>(io.get_executor());
  deadline = std::chrono::milliseconds(50);
  const auto got = upload(source);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), errc::timed_out);
  EXPECT_EQ(source.use_count(), 1) << "nobody waits for it any more";
  EXPECT_TRUE(get("public.example", false));
}

TEST_F(http_connection_test, fails_with_what_the_source_fails_with_and_stays_usable) {
  auto source = std::make_shared<text_source>(std::string(100'000, 'u'), true);
  source->fail_at = 5000;
  const auto got = upload(source);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message, "the disk is gone");
  EXPECT_TRUE(get("public.example", false));
}

TEST_F(http_connection_test, reaches_no_server_through_a_proxy_that_is_none) {
  auto how = std::make_shared<connection_options>();
  how->proxy = secret("http://127.0.0.1:1/");
  options.connection = how;
  const auto got = get("private.example", false);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), errc::connection_failed);
}

TEST_F(http_connection_test, sends_plain_http_to_an_explicit_proxy_in_absolute_form) {
  auto how = std::make_shared<connection_options>();
  how->proxy = secret(server.url());
  options.connection = how;
  const auto got = get("nowhere.example", false);
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(server.last().target, "http://nowhere.example:" + std::to_string(server.port()) + "/");
  EXPECT_FALSE(got->peer);
}

TEST_F(http_connection_test, says_which_certificate_file_is_no_good) {
  auto how = std::make_shared<connection_options>();
  how->ca_file = UTCP_SOURCE_DIR "/LICENSE";
  options.connection = how;
  client = std::make_shared<http_client>(io.get_executor(), options);
  http_request request;
  request.target = *url::parse("https://127.0.0.1:" + std::to_string(server.port()) + "/");
  const auto got = run(io, client->send(std::move(request)));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error(), errc::invalid_config);
  EXPECT_THAT(got.error().message, HasSubstr("ca_file"));
}

}  // namespace
