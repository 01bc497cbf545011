#include "spec_fetch.hpp"

#ifdef UTCP_WITH_HTTP
#include "await.hpp"

#include <utcp/net/http_client.hpp>
#include <utcp/net/url_policy.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <memory>
#endif

namespace utcp::app {

#ifdef UTCP_WITH_HTTP
namespace {

task<result<std::string>> get(std::shared_ptr<net::http_client> http, std::string address, bool allow_insecure_http) {
  for (int hops = 0; hops < 6; ++hops) {
    auto target = net::url::parse(address);
    if (!target) co_return target.error();
    if (auto fine = net::check_url(*target, allow_insecure_http, "reading a document"); !fine) co_return fine.error();
    net::http_request request;
    request.target = *target;
    request.headers.set("Accept", "application/json, application/yaml, */*;q=0.5");
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

result<std::string> fetch_text(const std::string& url, bool allow_insecure_http) {
  event_loop loop;
  auto http = std::make_shared<net::http_client>(loop.executor());
  auto answer = loop.wait<result<std::string>>([&](auto done) {
    const auto slot = boost::asio::get_associated_cancellation_slot(done);
    auto work = get(http, url, allow_insecure_http);
    boost::asio::co_spawn(loop.executor(), std::move(work),
                          boost::asio::bind_cancellation_slot(slot, [done = std::move(done)](std::exception_ptr failed, result<std::string> text) mutable {
                            if (failed) done(error(errc::internal, "reading the document failed"));
                            else done(std::move(text));
                          }));
  });
  if (!answer) return error(errc::cancelled, "cancelled");
  return std::move(*answer);
}
#else
result<std::string> fetch_text(const std::string& url, bool) { return error(errc::unsupported, url + ": this build has no HTTP; give a file"); }
#endif

}  // namespace utcp::app
