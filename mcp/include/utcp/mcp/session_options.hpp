#pragma once

#include <utcp/auth/http_exchange.hpp>
#include <utcp/clock.hpp>
#include <utcp/limits.hpp>
#include <utcp/mcp/authorizer.hpp>
#include <utcp/mcp/types.hpp>
#include <utcp/net/subprocess.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace utcp::mcp {

/// A server that is a program, spoken to over stdin and stdout.
struct stdio_server {
  stdio_server() = default;

  /// Started anew after its end. `input`, `interactive`, `passed` and what concerns stderr do not count.
  net::process_description process;
  /// How long the program may take to end by itself after its stdin was closed; then SIGTERM, and SIGKILL after `process.grace`.
  std::chrono::milliseconds exit_patience{2'000};
};

/// A server with a URL.
struct http_server {
  /// automatic: Streamable HTTP, and HTTP+SSE (2024-11-05) where that is refused.
  enum class flavour { automatic, streamable, events };

  http_server() = default;

  std::string url;
  flavour kind = flavour::automatic;
  net::http_header_list headers;             ///< sent with each request; never to another origin
  std::optional<auth> credentials;           ///< a key, basic, or client credentials
  std::shared_ptr<authorizer> authorization; ///< MCP authorization; null: a refusal is final
  http_parts parts;                          ///< `tokens` may be null without oauth2 credentials
  net::connection_ptr connection;            ///< null: the client's
  net::connection_ptr elsewhere;             ///< for redirects to other origins
  bool allow_insecure_http = false;          ///< plain http to other machines
  bool allow_private_addresses = false;
};

using server_address = std::variant<stdio_server, http_server>;

/// Which protocol is spoken. automatic: found out by asking, and remembered.
enum class era_choice { automatic, legacy, modern };

/// What an application may offer to servers, and wants to be told. A capability is declared only when its callback is set;
/// all run on the session's executor and must not throw.
struct session_callbacks {
  session_callbacks() = default;

  /// `sampling/createMessage`: params → result object. An error declines it.
  std::function<task<result<json>>(json params)> sample;
  bool sampling_with_tools = false;
  /// `elicitation/create` of a form: params → {"action", "content"}. What an accepted form leaves out is filled from its defaults.
  std::function<task<result<json>>(json params)> fill_form;
  /// The same of a URL: params → {"action"}. Open the URL only after the user's consent, outside of anything that can look into it.
  std::function<task<result<json>>(json params)> open_url;
  /// The folders that a server may work in: {"uri": "file://…", "name"?}.
  std::function<std::vector<json>()> roots;

  std::function<void(log_line)> on_log;
  std::string log_level;                                ///< asked for when `on_log` is set; empty: the server's choice (none in the modern era)
  std::function<void()> on_tools_changed;
  std::function<void()> on_prompts_changed;
  std::function<void()> on_resources_changed;
  std::function<void(std::string uri)> on_resource_updated;
  std::function<void(std::string_view text)> on_stderr;  ///< pieces of a program's stderr, as they come
  std::function<void(notice)> on_notice;                 ///< what was skipped or ignored
};

struct session_options {
  session_options() = default;

  implementation client{"utcp", ""};
  session_callbacks callbacks;
  era_choice era = era_choice::automatic;
  bool tasks = false;                             ///< calls may become tasks: the extension, and those of 2025-11-25
  bool listen = true;                             ///< keep a stream open for what a server says on its own
  std::chrono::milliseconds request_timeout{60'000};  ///< without an answer or progress; errc::timed_out
  std::chrono::milliseconds longest_request{3'600'000};  ///< with progress
  std::chrono::milliseconds probe_timeout{5'000};   ///< of the first question to a program
  std::chrono::milliseconds connect_timeout{30'000};  ///< of the handshake; all of a connect takes at most twice this and `probe_timeout`
  std::size_t max_message_bytes = 64u << 20;      ///< errc::too_large for the request that it answers
  std::size_t max_unsent_bytes = 64u << 20;       ///< that a program does not read; errc::unavailable
  document_limits limits;                         ///< of a message: depth and number of values
  std::size_t max_pages = 1'000;                  ///< of a list
  std::size_t max_items = 100'000;                ///< of a list
  unsigned max_rounds = 10;                       ///< of questions (`input_required`) that one request may lead to
  unsigned max_questions = 16;                    ///< of the server that are answered at once; more are refused
  std::shared_ptr<utcp::clock> clock = system_clock();
};

/// One request.
struct request_options {
  request_options() = default;

  std::optional<std::chrono::milliseconds> timeout;     ///< instead of session_options::request_timeout
  time_point deadline = time_point::max();              ///< by the session's clock, whatever progress comes
  std::size_t max_response_bytes = 0;                   ///< of the answer's text; errc::too_large; 0: session_options::max_message_bytes
  std::function<void(const progress&)> on_progress;     ///< also asks the server for progress
  json meta;                                            ///< more members of `_meta`, such as `traceparent`
};

}  // namespace utcp::mcp
