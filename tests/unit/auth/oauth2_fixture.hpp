#pragma once

#include "fake_clock.hpp"
#include "loopback_http_server.hpp"
#include "run.hpp"

#include <utcp/auth/oauth2.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <gmock/gmock.h>

#include <atomic>

namespace utcp::testing {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::Not;

/// The tokens of one client, and what its servers give.
class oauth2_test : public ::testing::Test {
 protected:
  asio::io_context io;
  std::shared_ptr<fake_clock> clock = std::make_shared<fake_clock>();
  std::shared_ptr<net::http_client> http = std::make_shared<net::http_client>(io.get_executor());
  std::shared_ptr<oauth2_tokens> tokens = std::make_shared<oauth2_tokens>(io.get_executor(), http, clock);
  std::atomic<int> served = 0;

  static oauth2_auth grant(const std::string& url) {
    oauth2_auth out;
    out.token_url = url;
    out.client_id = secret("id");
    out.client_secret = secret("s3cret&more");
    return out;
  }
  static oauth2_auth grant_of_issuer(const std::string& issuer) {
    oauth2_auth out = grant("");
    out.issuer = issuer;
    return out;
  }
  result<std::string> get(const oauth2_auth& how, bool insecure = false) {
    token_route route;
    route.allow_insecure_http = insecure;
    return get(how, route);
  }
  result<std::string> get(const oauth2_auth& how, const token_route& route) { return run(io, tokens->get(how, route, time_point::max())); }
  /// A route with a client certificate, which plain http never reads.
  static token_route with_certificate(const std::string& file = "client.pem") {
    net::connection_options options;
    options.client_certificate = file;
    token_route out;
    out.connection = std::make_shared<const net::connection_options>(options);
    return out;
  }
  scripted_reply token(const std::string& more = "") { return json_reply("{\"access_token\":\"t" + std::to_string(++served) + "\"" + more + "}"); }

  /// One of a crowd; its outcome appears when it ends.
  struct caller {
    asio::cancellation_signal stop;
    std::optional<result<std::string>> outcome;
  };
  std::shared_ptr<caller> begin(const oauth2_auth& how, time_point deadline = time_point::max()) {
    auto out = std::make_shared<caller>();
    asio::co_spawn(io, tokens->get(how, token_route(), deadline), asio::bind_cancellation_slot(out->stop.slot(), [out](std::exception_ptr thrown, result<std::string> r) {
                     EXPECT_FALSE(thrown);
                     out->outcome = std::move(r);
                   }));
    return out;
  }
  void finish() {
    io.restart();
    io.run();
  }
  void limit_fetches_to(std::chrono::milliseconds time) {
    oauth2_options how;
    how.fetch_timeout = time;
    tokens = std::make_shared<oauth2_tokens>(io.get_executor(), http, clock, how);
  }
};

}  // namespace utcp::testing
