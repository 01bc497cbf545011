#pragma once

#include <utcp/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace utcp {

/// Which generation of UTCP a text was written in.
enum class dialect { v0, v1 };

/// Where a text came from. What came from a remote resolves no bare variable (docs/security.md).
enum class trust { configuration, remote };

/// How to reach a manual or a tool, in one canonical form for both dialects.
///
/// `protocol` is the canonical name: http, sse, http_stream, cli, websocket, grpc, graphql, tcp, udp, webrtc, mcp,
/// text, file, or a plug-in's. `options` holds every other key, canonically named, unknown ones included; the
/// transport that owns the protocol reads them.
struct call_template {
  std::string name;
  std::string protocol;
  utcp::dialect dialect = utcp::dialect::v1;  ///< as read; decides variable look-up and the protocol rule
  trust origin = trust::configuration;
  json options = json::object();
  json auth;        ///< canonical auth object, or null
  json auth_tools;  ///< auth for generated tools, or null
  std::optional<std::vector<std::string>> allowed_communication_protocols;  ///< canonical names

  friend bool operator==(const call_template&, const call_template&) = default;
};

/// What messages call a template, up to the JSON pointer into it: `http provider "weather"#`.
inline std::string place_of(const call_template& how) { return how.protocol + (how.name.empty() ? " template#" : " provider \"" + how.name + "\"#"); }

}  // namespace utcp
