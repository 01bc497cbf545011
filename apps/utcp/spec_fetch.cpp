#include "spec_fetch.hpp"

#ifdef UTCP_WITH_HTTP
#include "await.hpp"

#include <utcp/net/http_client.hpp>
#include <utcp/net/url_policy.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <optional>
#endif

namespace utcp::app {

#ifdef UTCP_WITH_HTTP
namespace {

struct fetch_rules {
  bool allow_insecure_http = false;
  std::optional<net::url> referrer;

  bool public_only(const net::url& target) const { return referrer && !net::is_loopback_like(referrer->host()) && !target.same_origin(*referrer); }
};

task<result<std::string>> get(std::shared_ptr<net::http_client> http, std::string address, fetch_rules rules) {
  for (int hops = 0; hops < 6; ++hops) {
    auto target = net::url::parse(address);
    if (!target) co_return target.error();
    if (auto fine = net::check_url(*target, rules.allow_insecure_http, "reading a document"); !fine) co_return fine.error();
    const bool public_only = rules.public_only(*target);
    if (public_only && net::is_loopback_like(target->host())) co_return error(errc::not_allowed, address + ": a document of another machine does not lead to this one");
    net::http_request request;
    request.target = *target;
    request.headers.set("Accept", "application/json, application/yaml, */*;q=0.5");
    request.public_addresses_only = public_only;
    request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    request.max_response_bytes = 128u << 20;
    auto answer = co_await http->send(std::move(request));
    if (!answer) co_return answer.error();
    const auto location = answer->fields.find("location");
    if (answer->status >= 300 && answer->status < 400 && location) {
      auto next = target->resolve(*location);
      if (!next) co_return next.error();
      address = next->text();
      continue;
    }
    if (answer->status < 200 || answer->status > 299) co_return error(errc::remote_failed, address + ": the server answered " + std::to_string(answer->status));
    co_return std::move(answer->body);
  }
  co_return error(errc::remote_failed, address + ": more than five redirects");
}

}  // namespace

struct spec_fetcher::parts {
  bool allow_insecure_http = false;
  event_loop loop;
  std::shared_ptr<net::http_client> http = std::make_shared<net::http_client>(loop.executor());
};

spec_fetcher::spec_fetcher(bool allow_insecure_http) : parts_(std::make_unique<parts>()) { parts_->allow_insecure_http = allow_insecure_http; }

result<std::string> spec_fetcher::fetch(const std::string& url, const std::string& referrer) {
  fetch_rules rules;
  rules.allow_insecure_http = parts_->allow_insecure_http;
  if (auto from = net::url::parse(referrer)) rules.referrer = *std::move(from);
  auto answer = parts_->loop.wait<result<std::string>>([&](auto done) {
    const auto slot = boost::asio::get_associated_cancellation_slot(done);
    auto work = get(parts_->http, url, rules);
    boost::asio::co_spawn(parts_->loop.executor(), std::move(work),
                          boost::asio::bind_cancellation_slot(slot, [done = std::move(done)](std::exception_ptr failed, result<std::string> text) mutable {
                            if (failed) done(error(errc::internal, "reading the document failed"));
                            else done(std::move(text));
                          }));
  });
  if (!answer) return error(errc::cancelled, "cancelled");
  return std::move(*answer);
}
#else
struct spec_fetcher::parts {};
spec_fetcher::spec_fetcher(bool) {}
result<std::string> spec_fetcher::fetch(const std::string& url, const std::string&) { return error(errc::unsupported, url + ": this build has no HTTP; give a file"); }
#endif

spec_fetcher::~spec_fetcher() = default;

}  // namespace utcp::app
