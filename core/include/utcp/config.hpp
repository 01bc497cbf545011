#pragma once

#include <utcp/call_limits.hpp>
#include <utcp/call_options.hpp>
#include <utcp/document.hpp>
#include <utcp/variables.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace utcp {

class registry;

/// A provider as written in a configuration, or why it cannot be read. One bad entry never spoils the others.
struct configured_manual {
  std::string name;                 ///< as written; may be empty
  std::string place;                ///< file and JSON pointer
  std::optional<call_template> how;
  std::optional<error> failure;     ///< set when `how` is not
};

/// Values that hold for every provider unless it says otherwise.
struct client_defaults {
  std::chrono::milliseconds call_timeout{30'000};
  std::chrono::milliseconds discovery_timeout{10'000};
  /// What the message of a discovery that took too long advises.
  std::string longer_discovery = "if it needs longer, set \"timeout_ms\" in the provider";
  std::size_t max_response_bytes = 64u << 20;
  retry_options retry;
  call_limits limits;                  ///< of each provider by itself
  bool validate_arguments = false;     ///< check arguments against the tool's `inputs` before a call
  bool allow_insecure_http = false;
  bool allow_private_addresses = false;
  json http = json::object();          ///< connection options of the HTTP transports (docs/transports/http.md)
  document_limits documents;
  std::size_t parallel_registrations = 16;
};

/// What a client is made from.
struct client_config {
  std::string source = "configuration";    ///< what messages call it: its file
  dialect written_as = dialect::v0;
  std::map<std::string, std::string> variables;  ///< as written; the client replaces their own references
  std::vector<json> load_variables_from;   ///< each with canonical `variable_loader_type`
  json tool_search_strategy;               ///< null: `indexed`, or `tag` where the registry lacks that
  json tool_repository;                    ///< null: in memory
  std::vector<json> post_processing;
  std::vector<std::filesystem::path> plugins;  ///< shared libraries with transports, absolute; see utcp/plugin_loader.hpp
  /// Programs that `cli` tools may run: absolute paths, or names that are looked up in PATH. Absent: any.
  std::optional<std::vector<std::string>> allowed_programs;
  std::vector<configured_manual> manuals;
  std::filesystem::path root_dir = ".";    ///< relative paths of the configuration start here
  bool escape_dollar = false;
  bool bare_variables = false;
  client_defaults defaults;
  json extra = json::object();             ///< unknown top-level keys
  std::vector<notice> notices;
};

/// Reads a configuration of any shape: a providers.json (array, object with `providers`, one provider), a v1
/// configuration, both mixed (`providers_file_path` beside `manual_call_templates`), or a manual; JSON or YAML.
/// Fails with errc::invalid_config or errc::too_large; the message names file, place and remedy.
result<client_config> load_config(const std::filesystem::path& file, const document_ports& ports = {});

/// The same from JSON in code. `where` names it in messages.
result<client_config> read_config(const json& document, const std::filesystem::path& root_dir, const std::string& where = "configuration",
                                  const document_ports& ports = {});

/// Reads a `retry` object: attempts, first_delay_ms, max_delay_ms. Fails with errc::invalid_config.
result<retry_options> read_retry(const json& source, const std::string& place);

}  // namespace utcp
