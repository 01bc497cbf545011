#pragma once

#include <utcp/mcp/session_options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace utcp::mcp {

class session_core;

/// A client's connection to one MCP server of any revision. It is made when it is first needed, kept, and made anew after the
/// server's end: at once the first time, then after waits that double from 250 ms to 30 s.
///
/// Not thread-safe: used on its executor only, a strand or one thread. Any number of requests may be under way; they share one
/// program, and over HTTP each has its own connection. All operations honour asio's cancellation: the server is told, and the
/// operation fails with errc::cancelled. Everything fails with
/// - what the transport gives: errc::connection_failed, unavailable, timed_out, too_large, not_allowed, unauthorized, invalid_config;
/// - errc::protocol_error, when the server breaks its protocol;
/// - what its error object means (`error.remote` is that object): remote_failed, invalid_argument, unsupported, protocol_error.
/// Nothing that a server sends is fetched: no `$ref`, no icon, no link.
class session {
 public:
  session(boost::asio::any_io_executor executor, server_address server, session_options options);
  session(session&&) noexcept = default;
  session& operator=(session&&) = delete;
  /// Ends as `close`, without waiting for it.
  ~session();

  /// Connects now; else the first request does.
  task<result<void>> connect();
  /// Ends the session: a program's stdin is closed, and it is stopped when it stays; over HTTP the server is told. Requests under
  /// way, and later ones, fail with errc::cancelled.
  task<void> close();

  /// What is known of the server since the last connect; empty before.
  const server_description& server() const noexcept;

  /// All pages. An answer that the server called fresh (`ttlMs`) is given again until it says that it changed.
  /// Fails also with errc::too_large beyond `max_pages` or `max_items`.
  task<result<std::vector<tool>>> list_tools();
  task<result<std::vector<json>>> list_resources();
  task<result<std::vector<json>>> list_resource_templates();
  task<result<std::vector<json>>> list_prompts();

  /// Calls a tool. That the tool itself failed is a success here: `is_error`.
  task<result<call_result>> call_tool(std::string name, json arguments, request_options how = request_options());

  /// {"contents": [{"uri", "mimeType"?, "text" | "blob"}]}
  task<result<json>> read_resource(std::string uri, request_options how = request_options());
  /// Tells `on_resource_updated` of changes until `unsubscribe`. Fails with errc::unsupported when the server does not offer it.
  task<result<void>> subscribe(std::string uri);
  task<result<void>> unsubscribe(std::string uri);

  /// {"description"?, "messages": [{"role", "content"}]}
  task<result<json>> get_prompt(std::string name, json arguments);
  /// `reference` is {"type": "ref/prompt", "name"} or {"type": "ref/resource", "uri"}; `context` the arguments that are known, or null.
  task<result<completion>> complete(json reference, std::string argument, std::string value, json context);

  /// The server answers anything at all. The modern era has no ping: there it is asked for its description.
  task<result<void>> ping();
  /// Of the server's log; also remembered for later connects.
  task<result<void>> set_log_level(std::string level);
  /// The list of `roots` changed.
  task<result<void>> roots_changed();

  /// Any other request; `params` is an object or null.
  task<result<json>> request(std::string method, json params, request_options how = request_options());

 private:
  std::shared_ptr<session_core> core_;
};

}  // namespace utcp::mcp
