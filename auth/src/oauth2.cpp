#include <utcp/auth/oauth2.hpp>

#include <utcp/auth/authorize.hpp>
#include <utcp/document.hpp>
#include <utcp/net/redirect.hpp>
#include <utcp/net/tool_answer.hpp>
#include <utcp/net/url_policy.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>
#include <list>
#include <optional>

namespace asio = boost::asio;

namespace utcp {
namespace {

constexpr std::chrono::seconds usual_life{3600};
constexpr std::chrono::seconds safety_margin{30};
constexpr std::chrono::seconds fetch_timeout{30};
constexpr std::chrono::hours longest_life{24 * 365};
constexpr std::size_t max_token_answer_bytes = 1u << 20;
constexpr std::size_t max_entries = 1024;
constexpr std::string_view purpose = "OAuth2 token request";

struct token_grant {
  std::string token;
  std::chrono::seconds life{0};
};

enum class credentials_in { body, header };

net::http_request token_request(const net::url& target, const oauth2_auth& how, credentials_in where) {
  std::string form = "grant_type=client_credentials";
  net::http_request request;
  if (where == credentials_in::body) {
    net::append_query_pair(form, "client_id", how.client_id.reveal());
    net::append_query_pair(form, "client_secret", how.client_secret.reveal());
  } else {
    // RFC 6749 section 2.3.1: both are form-encoded before they become user name and password.
    (void)set_basic(request, net::encode_component(how.client_id.reveal()), net::encode_component(how.client_secret.reveal()));
  }
  if (how.scope && !how.scope->empty()) net::append_query_pair(form, "scope", *how.scope);
  request.method = "POST";
  request.target = target;
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.headers.set("Accept", "application/json");
  request.body = std::make_shared<const std::string>(std::move(form));
  request.deadline = time_point::clock::now() + fetch_timeout;
  request.max_response_bytes = max_token_answer_bytes;
  return request;
}

// A number, or a number as text, as some servers send it.
std::chrono::seconds life_of(const json& answer) {
  const auto it = answer.find("expires_in");
  double seconds = static_cast<double>(usual_life.count());
  if (it != answer.end() && it->is_number()) {
    seconds = it->get<double>();
  } else if (it != answer.end() && it->is_string()) {
    const auto& text = it->get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  }
  const double longest = static_cast<double>(std::chrono::seconds(longest_life).count());
  return std::chrono::seconds(seconds > 0 ? static_cast<std::int64_t>(seconds < longest ? seconds : longest) : 0);
}

result<token_grant> read_grant(const std::string& body, const std::string& where) {
  auto answer = parse_json(body);
  const auto wrong = [&](std::string_view what) { return error(errc::protocol_error, std::string(purpose) + " to " + where + ": " + std::string(what)); };
  if (!answer || !answer->is_object()) return wrong("the answer is no JSON object");
  const auto token = answer->find("access_token");
  if (token == answer->end() || !token->is_string() || token->get_ref<const std::string&>().empty()) return wrong("the answer has no \"access_token\"");
  if (!net::check_header("Authorization", token->get_ref<const std::string&>())) return wrong("the \"access_token\" contains a line break");
  token_grant grant;
  grant.token = token->get<std::string>();
  grant.life = life_of(*answer);
  return grant;
}

// Sends one token request; follows redirects within the origin only, since the credentials may not leave it.
task<result<net::http_response>> exchange(std::shared_ptr<net::http_client> http, net::http_request request, bool allow_insecure_http) {
  net::redirect_rules rules;
  rules.purpose = purpose;
  rules.allow_insecure_http = allow_insecure_http;
  for (int hops = 0;; ++hops) {
    auto answer = co_await http->send(std::move(request));
    if (!answer || !net::is_redirect(answer->status)) co_return answer;
    auto hop = net::follow_redirect(std::move(answer->request), *answer, rules, hops);
    if (!hop) co_return hop.error();
    if (!hop->same_origin || !hop->request.body)
      co_return error(errc::not_allowed, std::string(purpose) + ": the server redirects to " + hop->request.target.shown() +
                                             ", where the credentials may not go; set \"token_url\" to the final address");
    request = std::move(hop->request);
  }
}

result<net::url> token_target(const oauth2_auth& how, bool allow_insecure_http) {
  auto target = net::url::parse(how.token_url);
  if (!target) return error(errc::invalid_config, "auth: \"token_url\": " + target.error().message);
  if (auto fine = net::check_url(*target, allow_insecure_http, "OAuth2 token URL"); !fine) return fine.error();
  return target;
}

task<result<token_grant>> fetch(std::shared_ptr<net::http_client> http, oauth2_auth how, bool allow_insecure_http) {
  auto target = token_target(how, allow_insecure_http);
  if (!target) co_return target.error();
  auto answer = co_await exchange(http, token_request(*target, how, credentials_in::body), allow_insecure_http);
  if (answer && answer->status >= 400) {
    const int first = answer->status;
    answer = co_await exchange(http, token_request(*target, how, credentials_in::header), allow_insecure_http);
    if (answer && answer->status >= 400) {
      auto failure = net::status_error(*std::move(answer));
      if (failure == errc::remote_failed && first < 500) failure.code = make_error_code(errc::unauthorized);
      failure.message = std::string(purpose) + ": " + failure.message + " (credentials in the body before that: HTTP " + std::to_string(first) +
                        "); check client_id, client_secret and scope";
      co_return failure;
    }
  }
  if (!answer) {
    auto failure = std::move(answer).error();
    failure.message = std::string(purpose) + ": " + failure.message;
    co_return failure;
  }
  if (answer->status < 200 || answer->status >= 300) {
    auto failure = net::status_error(*std::move(answer));
    failure.message = std::string(purpose) + ": " + failure.message;
    co_return failure;
  }
  co_return read_grant(answer->body, target->shown());
}

}  // namespace

// One request under way and those who wait for it.
struct oauth2_tokens::flight {
  struct waiter {
    explicit waiter(const asio::any_io_executor& executor) : done(executor, time_point::max()) {}
    asio::steady_timer done;
    bool late = false;
  };
  std::list<std::shared_ptr<waiter>> waiting;
  std::optional<result<std::string>> outcome;
  asio::cancellation_signal stop;
  bool abandoned = false;  // the last waiter has gone, it is being cancelled

  void end(result<std::string> with) {
    outcome = std::move(with);
    for (auto& each : waiting) each->done.cancel();
  }
};

// Takes the waiter off the list, also when the coroutine that waits is destroyed.
struct oauth2_tokens::presence {
  presence(std::list<std::shared_ptr<flight::waiter>>& list, std::shared_ptr<flight::waiter> who) : list_(list), who_(std::move(who)) {}
  presence(presence&&) = delete;
  ~presence() { list_.remove(who_); }

 private:
  std::list<std::shared_ptr<flight::waiter>>& list_;
  std::shared_ptr<flight::waiter> who_;
};

oauth2_tokens::oauth2_tokens(asio::any_io_executor executor, std::shared_ptr<net::http_client> http, std::shared_ptr<clock> clock)
    : executor_(std::move(executor)), http_(std::move(http)), clock_(std::move(clock)) {}
oauth2_tokens::~oauth2_tokens() = default;

oauth2_tokens::key oauth2_tokens::key_of(const oauth2_auth& how) {
  return {how.token_url, how.client_id.reveal(), how.client_secret.reveal(), how.scope.value_or(std::string())};
}

task<result<std::string>> oauth2_tokens::get(oauth2_auth how, bool allow_insecure_http, time_point deadline) {
  const auto self = shared_from_this();
  // Before the cache: another provider may have been allowed what this one is not.
  if (auto target = token_target(how, allow_insecure_http); !target) co_return target.error();
  const key at = key_of(how);
  const auto& known = entries_[at];
  if (!known.running && !known.token.empty() && clock_->now() < known.expires) co_return known.token;
  auto running = known.running && !known.running->abandoned ? known.running : start(at, how, allow_insecure_http);
  co_return co_await wait(self, std::move(running), deadline);
}

void oauth2_tokens::forget(const oauth2_auth& how, const std::string& token) {
  const auto it = entries_.find(key_of(how));
  if (it != entries_.end() && it->second.token == token) it->second.token.clear();
}

// A process that makes up credentials without end must not fill the memory.
void oauth2_tokens::trim() {
  if (entries_.size() <= max_entries) return;
  std::erase_if(entries_, [now = clock_->now()](const auto& item) { return !item.second.running && item.second.expires <= now; });
}

std::shared_ptr<oauth2_tokens::flight> oauth2_tokens::start(const key& at, const oauth2_auth& how, bool allow_insecure_http) {
  trim();
  auto running = std::make_shared<flight>();
  entries_[at].running = running;
  // Not part of the first caller: when that one is cancelled, the others still want the token.
  asio::co_spawn(executor_, run(shared_from_this(), at, how, allow_insecure_http, running),
                 asio::bind_cancellation_slot(running->stop.slot(), [self = shared_from_this(), at, running](std::exception_ptr thrown) {
                   if (auto it = self->entries_.find(at); it != self->entries_.end() && it->second.running == running) it->second.running.reset();
                   if (!running->outcome) running->end(error(thrown ? errc::cancelled : errc::internal, std::string(purpose) + " was cancelled"));
                 }));
  return running;
}

task<void> oauth2_tokens::run(std::shared_ptr<oauth2_tokens> self, key at, oauth2_auth how, bool allow_insecure_http, std::shared_ptr<flight> into) {
  auto grant = co_await fetch(self->http_, std::move(how), allow_insecure_http);
  auto& known = self->entries_[at];
  if (known.running == into) known.running.reset();
  if (!grant) {
    into->end(grant.error());
    co_return;
  }
  known.token = grant->token;
  known.expires = self->clock_->now() + grant->life - safety_margin;
  into->end(std::move(grant->token));
}

task<result<std::string>> oauth2_tokens::wait(std::shared_ptr<oauth2_tokens> self, std::shared_ptr<flight> on, time_point deadline) {
  auto me = std::make_shared<flight::waiter>(self->executor_);
  on->waiting.push_back(me);
  const presence here(on->waiting, me);
  std::unique_ptr<alarm> bell;
  if (deadline != time_point::max()) {
    bell = self->clock_->make_alarm(self->executor_);
    bell->arm(deadline, [weak = std::weak_ptr<flight::waiter>(me)] {
      if (const auto still = weak.lock()) {
        still->late = true;
        still->done.cancel();
      }
    });
  }
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  if (!on->outcome) co_await me->done.async_wait(token);
  if (on->outcome) co_return *on->outcome;
  if (on->waiting.size() == 1) {
    on->abandoned = true;
    on->stop.emit(asio::cancellation_type::terminal);
  }
  if (me->late) co_return error(errc::timed_out, std::string(purpose) + ": the deadline passed before the token came");
  co_return error(errc::cancelled, std::string(purpose) + " was cancelled");
}

}  // namespace utcp
