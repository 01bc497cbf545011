#pragma once

#include "cache.hpp"
#include "completion.hpp"
#include "header_values.hpp"
#include "wire.hpp"

#include <utcp/mcp/session.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <map>
#include <set>
#include <unordered_map>

namespace utcp::mcp {

class http_channel;

/// A request before it has an id.
struct draft {
  draft() = default;
  draft(std::string m, json p) : method(std::move(m)), params(std::move(p)) {}

  std::string method;
  json params;  ///< object or null
  request_options how;
  std::string name;                          ///< for `Mcp-Name`
  std::vector<net::http_header> parameters;  ///< `Mcp-Param-*`
  bool can_ask = false;                      ///< `input_required` is an answer to it
  bool endless = false;                      ///< no time limit: a subscription
};

/// What came for a request: a result or a failure object.
struct answer {
  message what;
  int status = 0;
};

/// The state of a session and all that happens in it.
///
/// Life: idle → connecting → ready → (lost) idle …; closed for ever. Coroutines hold it; the wires only know it weakly.
class session_core final : public wire_sink, public std::enable_shared_from_this<session_core> {
 public:
  using self_ptr = std::shared_ptr<session_core>;

  session_core(boost::asio::any_io_executor executor, server_address server, session_options options);

  // Operations, session.cpp and session_lists.cpp.
  static task<result<void>> ready(self_ptr self);
  static task<void> close(self_ptr self);
  static task<result<json>> perform(self_ptr self, std::shared_ptr<draft> what);
  static task<result<json>> perform(self_ptr self, draft what) { return perform(std::move(self), std::make_shared<draft>(std::move(what))); }
  static task<result<std::vector<json>>> list(self_ptr self, std::string method, std::string key);
  static task<result<std::vector<tool>>> list_tools(self_ptr self);
  static task<result<json>> call_tool(self_ptr self, std::string name, json arguments, request_options how);
  static task<result<json>> read_resource(self_ptr self, std::string uri, request_options how);
  static task<result<void>> subscribe(self_ptr self, std::string uri, bool on);
  static task<result<void>> tell(self_ptr self, std::string method, json params);
  static task<result<void>> set_log_level(self_ptr self, std::string level);
  static task<result<void>> ping(self_ptr self);
  static task<result<void>> roots_changed(self_ptr self);
  /// Closes without anybody waiting for it.
  void end() noexcept;

  const server_description& server() const noexcept { return server_; }
  bool is_http() const noexcept { return std::holds_alternative<http_server>(address_); }
  const session_options& options() const noexcept { return *options_; }

  // wire_sink, session_core.cpp.
  void on_message(message what, int status) override;
  void on_failed(std::int64_t id, error why) override;
  void on_held(std::int64_t id, bool held) override;
  void on_lost(error why) override;
  void on_dropped() noexcept override;
  void on_notice(std::string what) override;

 private:
  void shut() noexcept;
  enum class phase { idle, connecting, ready, closed };

  struct pending {
    completion_handler<answer> done;
    std::function<void(const progress&)> on_progress;
    time_point due = time_point::max();   // moved on by progress
    time_point last = time_point::max();  // not moved
    std::chrono::milliseconds patience{0};
    std::string method;
    std::size_t max_bytes = 0;  // 0: no limit of its own
    bool held = false;
  };

  /// A question of the server that is being answered.
  struct question {
    boost::asio::cancellation_signal stop;
  };

  /// To connect, which ends in time.
  struct connection_attempt {
    boost::asio::cancellation_signal stop;
    std::unique_ptr<alarm> bell;
    bool late = false;
  };

  // Requests, session_core.cpp.
  static task<result<answer>> exchange(self_ptr self, std::shared_ptr<const draft> what);
  static task<result<answer>> exchange(self_ptr self, draft what) { return exchange(std::move(self), std::make_shared<const draft>(std::move(what))); }
  void start(const draft& what, completion_handler<answer> done);
  std::string write_params(const draft& what, std::int64_t id) const;
  void give_up(std::int64_t id, error why);
  bool finish(std::int64_t id, result<answer> how);
  void fail_all(const error& why);
  void watch_time(time_point due);
  void ring();
  void tell_soon(std::string message);
  void answer_soon(std::string message);
  static task<void> run_answer(self_ptr self, std::shared_ptr<wire> over, std::string message);
  void lose_answer(const std::string& why);
  json client_capabilities(bool modern) const;
  void write_meta();

  // Rounds, session_rounds.cpp.
  static task<result<json>> attempt(self_ptr self, std::shared_ptr<draft> what);
  static task<result<json>> attempt(self_ptr self, draft what) { return attempt(std::move(self), std::make_shared<draft>(std::move(what))); }
  static task<result<bool>> recover(self_ptr self, std::shared_ptr<draft> what, answer got, unsigned generation, int tries);
  static task<result<json>> gather(self_ptr self, json questions);
  static task<bool> consent(self_ptr self, json failure);
  static task<result<json>> follow_task(self_ptr self, std::shared_ptr<const draft> what, json created);
  static task<result<json>> poll_task(self_ptr self, std::string id, json created, time_point deadline);
  static task<result<json>> legacy_task(self_ptr self, std::shared_ptr<const draft> what, json created);
  void cancel_task(const std::string& id);

  // Connecting, session_connect.cpp.
  static task<void> run_connect(self_ptr self, std::shared_ptr<connection_attempt> one);
  void watch_attempt(const std::shared_ptr<connection_attempt>& one);
  bool waits_for_person() const;
  static task<result<void>> connect(self_ptr self);
  static task<result<void>> wait_back_off(self_ptr self);
  static task<result<void>> connect_program(self_ptr self, time_point deadline);
  static task<result<void>> connect_url(self_ptr self, time_point deadline);
  static task<result<bool>> probe(self_ptr self, std::chrono::milliseconds patience);
  static task<result<void>> shake_hands_again(self_ptr self, time_point deadline);
  std::unique_ptr<alarm> nudge_later();
  void nudge();
  static task<result<void>> shake_hands(self_ptr self, time_point deadline);
  static task<result<void>> open_events(self_ptr self, time_point deadline, error refused);
  static task<result<void>> settle(self_ptr self);
  result<bool> judge(const answer& got, bool& again);
  result<void> start_program();
  result<std::shared_ptr<http_channel>> make_channel();
  void use_modern(json described);
  void expire(unsigned generation);
  wire_context make_context();

  // What the server says on its own, session_peer.cpp.
  void take_request(message what);
  void take_notification(message what);
  void take_progress(const json& params);
  void forget_lists(const char* kind);
  static task<void> answer_question(self_ptr self, std::shared_ptr<question> one, json id, std::string method, json params);
  static task<result<json>> ask_application(self_ptr self, std::string method, json params);
  static task<void> run_subscription(self_ptr self, unsigned serial);
  void listen_modern();
  json wanted_notifications() const;

  void read_tool_rules(std::vector<json>& tools);

  boost::asio::any_io_executor executor_;
  boost::asio::any_completion_executor otherwise_;
  server_address address_;
  std::shared_ptr<const session_options> options_;
  std::string log_level_;

  phase phase_ = phase::idle;
  std::shared_ptr<wire> wire_;
  std::shared_ptr<occasion> connecting_;
  std::weak_ptr<connection_attempt> attempt_;
  bool signing_in_ = false;                     // a person is asked, and no request waits for it
  server_description server_;
  std::optional<bool> known_modern_;            // found out by probing
  time_point known_until_ = time_point::min();  // of a legacy verdict
  bool events_only_ = false;                    // the server speaks HTTP+SSE
  unsigned generation_ = 0;                     // of connections
  unsigned losses_ = 0;                         // since the last long life
  time_point connected_at_ = time_point::min();
  time_point next_start_ = time_point::min();

  std::int64_t next_id_ = 0;
  std::int64_t probe_id_ = 0;  // of the question that a program is to show its era by; 0: none is asked
  std::int64_t nudge_id_ = 0;
  std::unordered_map<std::int64_t, pending> pending_;
  std::unique_ptr<alarm> alarm_;
  time_point armed_for_ = time_point::max();
  std::string meta_;  // `_meta` members of each request of the modern era, without the braces

  std::map<std::string, std::shared_ptr<question>> questions_;  // by the text of their id
  std::size_t answering_ = 0;      // answers to the server that are on their way
  bool told_lost_answer_ = false;
  answer_cache cache_;
  std::map<std::string, std::vector<header_rule>> rules_;       // of tools that have some
  std::map<std::string, bool> task_tools_;                      // 2025-11-25: tools that may become tasks; whether they must
  bool listed_tools_ = false;
  std::set<std::string> subscribed_;
  unsigned subscription_serial_ = 0;  // of the running subscription; another number ends it
  std::int64_t subscription_id_ = 0;
};

}  // namespace utcp::mcp
