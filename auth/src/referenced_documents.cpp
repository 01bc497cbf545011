#include "referenced_documents.hpp"

#include <utcp/auth/flight.hpp>
#include <utcp/net/home_hosts.hpp>
#include <utcp/net/manual_answer.hpp>
#include <utcp/net/url_policy.hpp>
#include <utcp/origin.hpp>

#include <algorithm>
#include <set>

namespace utcp {
namespace {

constexpr std::size_t max_documents = 10'000;
constexpr int max_levels = 32;
constexpr std::size_t at_once = 4;  // Python's http.server has room for five that wait

using flight_ptr = std::shared_ptr<flight<net::http_response>>;

std::vector<std::string> references_in(const reference_fetch& how, std::string_view text, syntax as, const std::string& where, bool is_part) {
  import_context context;
  context.where = where;
  context.options = how.provider->options;
  for (const auto& importer : how.documents.importers)
    if (auto found = importer->references(text, as, context, is_part, how.limits); !found.empty()) return found;
  return {};
}

/// The request for one document, or why there is none.
result<http_plan> plan_for(const reference_fetch& how, const std::string& address) {
  auto target = net::url::parse(address);
  if (!target) return error(errc::not_allowed, "it is no http or https URL");
  if (net::is_loopback_like(target->host()) && !net::is_loopback_like(how.from.host()))
    return error(errc::not_allowed, target->shown() + " is on this machine; a manual of another machine may not refer to it");
  const auto origin = origin_of_url(target->text());
  if (!origin || (net::refuses_other_hosts(*how.provider) && !net::home_hosts(*how.provider).have(*origin)))
    return error(errc::not_allowed, target->shown() + " is not of the manual's host; \"allowed_origins\" of the provider allows it");
  http_plan plan = target->same_origin(how.own.request.target) ? how.own : how.elsewhere;
  plan.request.target = *std::move(target);
  plan.request.max_response_bytes = how.max_bytes;
  return plan;
}

/// The documents of one level, a few at a time; those that nobody waits for any more are stopped.
class level {
 public:
  level(const reference_fetch& how, std::vector<std::string> urls) : how_(how), urls_(std::move(urls)) {}
  level(level&&) = delete;
  ~level() {
    for (const flight_ptr& each : begun_)
      if (each && !each->has_ended()) each->cancel();
  }

  std::size_t size() const { return urls_.size(); }
  const std::string& url(std::size_t i) const { return urls_[i]; }

  /// Begins the request for `i` and those that may run beside it. Null: `refusal` says why there is none.
  flight_ptr begin(std::size_t i) {
    while (begun_.size() < std::min(urls_.size(), i + at_once)) {
      auto plan = plan_for(how_, urls_[begun_.size()]);
      refusals_.push_back(plan ? result<void>() : result<void>(plan.error()));
      begun_.push_back(nullptr);
      if (!plan) continue;
      begun_.back() = std::make_shared<flight<net::http_response>>(how_.executor, flight<net::http_response>::when_alone::cancel);
      begun_.back()->start(exchange(how_.parts, *std::move(plan)), "fetching a document", [](const result<net::http_response>&) {});
    }
    return std::move(begun_[i]);
  }
  error refusal(std::size_t i) const { return refusals_[i].error(); }

 private:
  const reference_fetch& how_;
  std::vector<std::string> urls_;
  std::vector<flight_ptr> begun_;
  std::vector<result<void>> refusals_;
};

/// What came of one request.
result<fetched_document> document_of(net::http_response answer) {
  if (answer.status < 200 || answer.status >= 300) return error(errc::remote_failed, answer.request.target.shown() + ": the server answered " + std::to_string(answer.status));
  fetched_document out;
  out.as = net::syntax_of_answer(answer);
  out.url = answer.request.target.shown();
  out.text = std::move(answer.body);
  return out;
}

/// One notice a host, not one a document.
std::vector<notice> foreign_hosts(const reference_fetch& how, const fetched_documents& found) {
  const net::home_hosts homes(*how.provider);
  std::set<std::string> told;
  std::vector<notice> out;
  for (const auto& [url, document] : found) {
    const auto origin = document ? origin_of_url(url) : std::nullopt;
    if (!origin || homes.have(*origin) || !told.insert(*origin).second) continue;
    out.emplace_back("", "documents of " + *origin + ", which is not the manual's host, were read, too; if that is right add it to the provider's \"allowed_origins\", else set \"other_origins\": \"refuse\"");
  }
  return out;
}

}  // namespace

std::vector<std::string> references_of(const reference_fetch& how, const net::http_response& answer) {
  return references_in(how, answer.body, net::syntax_of_answer(answer), answer.request.target.shown(), false);
}

task<result<referenced_documents>> fetch_referenced(reference_fetch how, std::vector<std::string> urls) {
  if (urls.size() > max_documents) urls.resize(max_documents);
  auto found = std::make_shared<fetched_documents>();
  for (int depth = 0; !urls.empty() && depth < max_levels; ++depth) {
    std::set<std::string> next;
    level now(how, std::move(urls));
    for (std::size_t i = 0; i < now.size(); ++i) {
      const flight_ptr request = now.begin(i);
      if (!request) {
        found->emplace(now.url(i), now.refusal(i));
        continue;
      }
      auto answer = co_await flight<net::http_response>::wait(request, how.clock, time_point::max(), "fetching a document");
      if (!answer) {
        if (answer.error() == errc::cancelled || answer.error() == errc::timed_out) co_return answer.error();  // the discovery's, not the document's
        found->emplace(now.url(i), answer.error());
        continue;
      }
      auto read = document_of(*std::move(answer));
      if (read && read->text.size() > how.max_bytes) read = error(errc::too_large, now.url(i) + ": the manual and what it refers to are too large");
      if (read) {
        how.max_bytes -= read->text.size();
        for (std::string& more : references_in(how, read->text, read->as, read->url, true)) next.insert(std::move(more));
      }
      found->emplace(now.url(i), std::move(read));
    }
    for (const std::string& each : next)
      if (found->size() + urls.size() < max_documents && !found->contains(each)) urls.push_back(each);
  }
  referenced_documents out;
  out.notices = foreign_hosts(how, *found);
  out.found = std::move(found);
  co_return out;
}

}  // namespace utcp
