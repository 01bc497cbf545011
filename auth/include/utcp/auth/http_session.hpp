#pragma once

#include <utcp/auth/http_exchange.hpp>
#include <utcp/net/tool_request.hpp>
#include <utcp/transport.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace utcp {

struct reference_fetch;

/// What the HTTP transports of one client share: connections, OAuth2 tokens, and what is known of the manuals they fetched.
///
/// Used on the client's strand only. The operations are coroutines that keep the session alive.
class http_session : public std::enable_shared_from_this<http_session> {
 public:
  /// The client's session, made on first use.
  static std::shared_ptr<http_session> of(const transport_services& services);
  http_session(const transport_services& services, http_parts parts);

  /// The exchange of a call. Its connection is what the call's template says, or, for a tool of a fetched manual, what the manual's
  /// provider says: then certificates and sockets of the provider are for the manual's own origin only, and a manual from a public
  /// address leads to public addresses only, unless allowed (docs/security.md).
  /// Fails with errc::invalid_config, invalid_argument, unsupported.
  result<http_plan> plan_call(const tool_call& what, const call_context& context, const net::tool_request_options& options) const;

  /// Fetches a manual at the template's URL: with `method`, no body. Asks for a changed one only where the client has the last.
  /// Fails as `exchange`, and with what the answer means (net::read_manual_answer).
  task<result<discovery>> discover(call_template provider, call_context context, net::tool_request_options options);

  /// What `plan_call` would send, for display; nothing is sent.
  result<json> preview(const tool_call& what, const call_context& context, const net::tool_request_options& options) const;

  /// Drops what is known of a manual.
  void forget(const std::string& manual) { manuals_.erase(manual); }

  const http_parts& parts() const noexcept { return parts_; }
  const std::shared_ptr<utcp::clock>& time() const noexcept { return clock_; }
  const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

 private:
  struct connections {
    net::connection_ptr own;        // for the origin they were written for
    net::connection_ptr elsewhere;  // for others
  };
  struct fetched_manual {
    connections via;
    net::url from;  // as the provider says, before redirects
    bool is_public = true;
    manual_version version;
  };

  static task<result<discovery>> run_discovery(std::shared_ptr<http_session> self, call_template provider, call_context context, net::tool_request_options options);
  result<http_plan> plan_discovery(const call_template& provider, const call_context& context, net::tool_request_options options) const;
  result<http_plan> plan_for(const call_template& how, const call_context& context, net::tool_request request, const char* purpose) const;
  reference_fetch plan_references(std::shared_ptr<const call_template> provider, const call_context& context, http_plan asked, const net::http_response& answer) const;
  void remember(const std::string& manual, const http_plan& plan, const net::url& from, const net::http_response& answer);
  result<connections> connections_of(const call_template& how) const;
  net::connection_ptr shared(const net::connection_options& options) const;
  time_point engine_deadline(time_point deadline) const;

  http_parts parts_;
  boost::asio::any_io_executor executor_;
  std::shared_ptr<utcp::clock> clock_;
  document_ports documents_;
  document_limits limits_;
  std::filesystem::path root_dir_;
  result<net::connection_options> usual_;  // the configuration's, or why it cannot be read
  connections usual_connections_;
  mutable std::vector<net::connection_ptr> known_connections_;  // equal options are one object
  std::map<std::string, fetched_manual> manuals_;
};

/// errc::cancelled for what Asio throws after a cancellation, else errc::internal. `protocol` begins the message.
error error_of_exception(const std::exception& thrown, const char* protocol);

/// Why an answer whose body is a stream is a failure: at most 64 KiB of the body are read for it. As net::status_error.
task<error> stream_status_error(net::http_stream answer);

}  // namespace utcp
