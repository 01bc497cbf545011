#pragma once

#include "argument_check.hpp"
#include "call_gate.hpp"
#include "operation.hpp"
#include "redaction.hpp"
#include "transport_set.hpp"

#include <utcp/client.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace utcp {

/// What stands behind every handle of one client.
class client_core : public std::enable_shared_from_this<client_core> {
 public:
  using reports = std::vector<manual_report>;

  /// Fails with errc::invalid_config.
  static result<std::shared_ptr<client_core>> make(boost::asio::any_io_executor executor, client_config config, client_options options);

  // Registration (registration.cpp).
  task<manual_report> register_one(call_template provider, std::shared_ptr<operation> op);
  void register_all(std::vector<call_template> providers, std::stop_token stop, client::handler<reports> handler);
  void register_configured(std::stop_token stop, client::handler<reports> handler);
  task<manual_report> refresh_one(std::string name, std::shared_ptr<operation> op);
  task<result<void>> deregister(std::string name);
  void refresh(std::string name);

  // Calls (call_pipeline.cpp).
  task<result<tool_result>> call(std::string name, json arguments, call_options options, std::shared_ptr<operation> op);
  task<result<std::shared_ptr<stream_core>>> open_stream(std::string name, json arguments, call_options options, std::shared_ptr<operation> op);
  result<json> preview(std::string_view name, const json& arguments, const call_options& options) const;

  result<std::vector<tool_match>> search(std::string_view query, const search_options& options) const;
  std::vector<std::string> required_variables() const;

  catalogue_ptr snapshot() const { return repository_->snapshot(); }
  tool_ptr find_tool(std::string_view name) const;
  const std::shared_ptr<operations>& running() const noexcept { return operations_; }

  reports configured_reports;  ///< written once, before the first handle is given out

  /// The last handle is gone.
  void shut_down();

 private:
  client_core() = default;

  struct prepared_call {
    tool_call what;
    call_context context;
    std::shared_ptr<const call_template> provider;
    std::shared_ptr<transport> via;
    retry_options retry;
    redactor redact;
  };
  /// Where a call goes once the application's filters have let it through.
  struct route {
    std::shared_ptr<transport> via;
    retry_options retry;
    std::shared_ptr<call_gate> gate;  // null: no limits
  };

  result<prepared_call> prepare(std::string_view name, json arguments, const call_options& options) const;
  bool validates_arguments(const call_template& provider) const;
  result<void> check_arguments(const tool_ptr& tool, const json& arguments) const;
  result<void> check_protocol(const tool& tool, const call_template& provider) const;
  /// `remote` is what `as_written` became; an issuer in it is bound to the origins that are allowed.
  result<void> check_fence(call_template& remote, const call_template& as_written, const call_template& provider) const;
  task<result<tool_result>> run_filters(std::size_t at, tool_call what, call_context context, route to);
  task<result<std::unique_ptr<tool_stream>>> run_stream_filters(std::size_t at, tool_call what, call_context context, route to);
  task<result<tool_result>> attempt(tool_call what, call_context context, route to);
  task<result<std::unique_ptr<tool_stream>>> attempt_to_open(tool_call what, call_context context, route to);
  static bool may_try_again(const tool_call& what, const route& to);
  /// How long to wait before the next of the tries; nothing when the failure is final.
  std::optional<std::chrono::milliseconds> delay_after(unsigned tries, const error& failure, const tool_call& what, const call_context& context, const route& to) const;
  std::shared_ptr<call_gate> gate_of(const std::shared_ptr<const call_template>& provider);
  result<tool_result> post_process(tool_result value, const std::string& tool, const std::string& manual) const;
  friend class stream_core;

  result<void> set_up_variables(const client_config& config);
  result<void> set_up_plugins(const client_config& config);
  time_point deadline_in(std::chrono::milliseconds timeout) const;
  call_context context_of(const call_template& provider, std::chrono::milliseconds timeout) const;

  struct discovered {
    manual_ptr manual;  // null: unchanged
    std::vector<notice> notices;
    manual_version version;
  };
  /// `again`: the client, or with `known` its application, has what an earlier one gave.
  task<result<discovered>> discover(std::shared_ptr<const call_template> provider, manual_version known, bool again, std::shared_ptr<operation> op);
  result<void> publish(const manual_ptr& manual);
  manual accept_tools(manual found, const call_template& provider, std::vector<notice>& notices) const;

  std::shared_ptr<operations> operations_;
  client_config config_;
  client_options options_;
  std::shared_ptr<repository> repository_;
  std::shared_ptr<search_strategy> search_;
  std::shared_ptr<const variable_source> variables_;
  std::vector<std::shared_ptr<post_processor>> post_processors_;
  mutable argument_check argument_check_;
  mutable transport_set transports_;
  std::set<std::string> reserved_;                        // names being registered; on the strand
  std::map<std::string, bool> refreshing_;                // true: changed again meanwhile; on the strand
  struct counted_provider {
    std::weak_ptr<const call_template> provider;
    std::shared_ptr<call_gate> gate;  // null: no limits
  };
  std::unordered_map<const call_template*, counted_provider> gates_;  // on the strand
  std::map<std::string, error> failed_;                   // last failure of a manual that is not registered; on the strand
};

/// Protocols that reach into this machine. A fetched manual may hold such tools only where its provider lists them.
bool is_local_protocol(std::string_view protocol) noexcept;

/// Whether a provider's tools may use a protocol (v1's rule; in v0 the provider's list where there is one).
bool allows_protocol(const call_template& provider, const call_template& tool);

}  // namespace utcp
