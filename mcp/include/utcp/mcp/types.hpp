#pragma once

#include <utcp/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::mcp {

/// A tool as the server describes it. `definition` is all of it, untouched: schemas, annotations, what this client does not know.
struct tool {
  tool() = default;
  explicit tool(json all) : definition(std::move(all)) {}

  json definition = json::object();

  const std::string& name() const;
  /// `title`, else `annotations.title`, else the name.
  std::string display_name() const;
  std::string description() const;
  /// An object; empty when the server sent none.
  json input_schema() const;
  /// Null when there is none.
  json output_schema() const;
};

/// What a tool answered. Source: MCP, CallToolResult.
struct call_result {
  call_result() = default;

  json content = json::array();    ///< blocks: text, image, audio, resource, resource_link
  std::optional<json> structured;  ///< `structuredContent`
  bool is_error = false;           ///< the tool itself says that it failed
  json meta;                       ///< `_meta`, or null

  /// The text blocks, joined by line ends.
  std::string text() const;
};

/// Reads the result object of a call. What does not fit counts as absent.
call_result read_call_result(json value);

/// A step of a call that is under way.
struct progress {
  progress() = default;

  double done = 0;
  std::optional<double> total;
  std::string message;
};

/// A log line of the server.
struct log_line {
  log_line() = default;

  std::string level;   ///< debug, info, notice, warning, error, critical, alert, emergency
  std::string logger;
  json data;
};

/// 0 (debug) to 7 (emergency), as RFC 5424 orders them; nothing when it is no level.
std::optional<unsigned> log_severity(std::string_view level) noexcept;

/// Values for an argument of a prompt or a resource template.
struct completion {
  completion() = default;

  std::vector<std::string> values;
  std::optional<std::int64_t> total;
  bool has_more = false;
};

/// Who a server or client is.
struct implementation {
  implementation() = default;
  implementation(std::string n, std::string v) : name(std::move(n)), version(std::move(v)) {}

  std::string name;
  std::string version;
  std::string title;

  json to_json() const;
};

/// What a server said of itself.
struct server_description {
  server_description() = default;

  std::string revision;                  ///< the protocol's revision that is spoken
  bool modern = false;                   ///< the stateless protocol
  json capabilities = json::object();
  json info = json::object();            ///< name, version, title …
  std::string instructions;

  /// Whether a capability is declared: `has("resources", "subscribe")`.
  bool has(const char* capability, const char* detail = nullptr) const;
};

}  // namespace utcp::mcp
