#pragma once

#include <utcp/client.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::conformance {

class bench;

/// A tool of the peer, by its bare name, and what it is called with.
struct tool_use {
  tool_use(std::string name, json with = json::object()) : tool(std::move(name)), arguments(std::move(with)) {}

  std::string tool;
  json arguments;
};

/// A peer that breaks its protocol: a tool that meets it, or a provider that is to be discovered there.
struct hostile_peer {
  std::string what;
  tool_use use;
  std::vector<errc> may_fail_with;
};
struct hostile_manual {
  std::string what;
  json provider;
  std::vector<errc> may_fail_with;
};

/// A transport under test with a peer that runs, and what the peer can do. A case that the transport cannot have is named
/// in `cannot` with the reason; leaving it out without is a failure.
struct rig {
  rig() = default;
  rig(const rig&) = delete;
  rig& operator=(const rig&) = delete;
  virtual ~rig() = default;

  std::function<void(registry&)> add;                ///< the transport
  json provider;                                     ///< of the name "peer"
  std::vector<std::string> tools;                    ///< what discovery finds, bare names
  std::optional<json> partial_provider;              ///< "partial": some of it is broken; `ok` works
  tool_use ok = tool_use("");
  json ok_answer;
  std::function<tool_use(json)> echo;                ///< "echo": sends a value that comes back
  std::function<json(json)> echo_answer = [](json value) { return value; };
  std::optional<tool_use> failing;                   ///< "failing"
  errc failing_code = errc::remote_failed;
  json failing_remote;                               ///< "remote": what the error keeps of the peer's own words
  std::optional<tool_use> slow;                      ///< "slow": answers after minutes, or never
  std::optional<tool_use> huge;                      ///< "huge": answers with 8 MB or more
  bool huge_is_refused_early = false;                ///< "early refusal": the client's thread never holds it
  std::optional<tool_use> stream;                    ///< a stream that ends
  std::vector<json> stream_items;
  std::optional<tool_use> endless;                   ///< "endless": a stream that gives an item at once, and never ends
  std::function<std::size_t(bench&)> streams_open;   ///< with "endless": how many the peer serves now
  std::vector<hostile_peer> hostile;                 ///< "hostile"
  std::vector<hostile_manual> hostile_manuals;       ///< "hostile manual"
  std::size_t peer_keeps_per_call = 0;               ///< bytes, when the peer lives in this process and keeps records

  bool peer_keeps_hung_connections = false;          ///< a peer in this process holds one descriptor for each slow call

  std::map<std::string, std::string> cannot;
};

/// A transport to be tested.
struct subject {
  std::string name;
  std::function<std::unique_ptr<rig>()> make;
};

std::vector<subject> subjects();

std::unique_ptr<rig> make_reference();       // reference_transport.cpp
std::unique_ptr<rig> make_memo_static();     // memo_rigs.cpp
std::unique_ptr<rig> make_memo_plugin();
std::unique_ptr<rig> make_text();            // text_rig.cpp
std::unique_ptr<rig> make_http();            // http_rig.cpp
std::unique_ptr<rig> make_http_stream();
std::unique_ptr<rig> make_sse();
std::unique_ptr<rig> make_cli();             // cli_rig.cpp
std::unique_ptr<rig> make_mcp();             // mcp_rig.cpp
std::unique_ptr<rig> make_grpc();            // grpc_rig.cpp

}  // namespace utcp::conformance
