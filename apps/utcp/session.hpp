#pragma once

#include "await.hpp"
#include "console.hpp"
#include "exit_code.hpp"
#include "sign_in.hpp"

#include <utcp/client.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::app {

/// Options that every subcommand has.
struct global_options {
  std::string config = "providers.json";
  bool config_given = false;
  bool json = false;
  bool verbose = false;
  bool allow_insecure_http = false;
  std::optional<std::chrono::milliseconds> timeout;  ///< of each provider's reading and of calls, before what the configuration says
};

/// Which providers a command contacts.
enum class contact {
  all,       ///< every provider of the configuration
  one_tool,  ///< the provider that the tool's name begins with, if the configuration has it; else all
};

/// The configuration of the program's options. Fails as `load_config`, and with errc::invalid_config when the default file
/// is not there.
result<client_config> read_configuration(const global_options& how, const registry& parts);

/// Only the entries of `config` that a call of `tool` needs: those whose normalised name is the text before the first dot.
/// All stay when there is none. Whether some were left out.
bool keep_provider_of(client_config& config, std::string_view tool);

/// A client and the loop it runs on, for one command.
class session {
 public:
  session(console& io, const global_options& how) : io_(io), how_(how) {}
  ~session();

  /// Reads the configuration and registers its providers; the failed ones are told on standard error.
  result<void> open(contact whom, std::string_view tool = {});
  /// The same with a configuration at hand, telling nothing.
  result<void> open(client_config config);
  /// The same without a search strategy, asking for news only of what is known (`client_options::known_versions`).
  result<void> open_for_news(client_config config, std::map<std::string, manual_version> known);

  /// From now on. Else a server that wants it fails.
  void may_ask_in_a_browser() noexcept { sign_in_ = sign_in::ask; }

  const client& tools() const noexcept { return client_; }
  /// The tool of that name, or of the one that `search --format` gives it; or errc::unknown_tool with near names and the provider whose failure explains it.
  result<tool_ptr> find(const std::string& name);

  result<tool_result> call(const std::string& name, json arguments, call_options options);
  /// Gives each item to `on_item` as it arrives; false from it ends the stream. `options.timeout` bounds the whole of it.
  result<void> stream(const std::string& name, json arguments, call_options options, const std::function<bool(tool_result)>& on_item);

  /// One line a failed provider, and for one without tools why.
  void tell_failures() const;

 private:
  result<void> open(client_config config, client_options options);
  result<void> open_and_pull(const std::string& name, json arguments, call_options options, const std::function<bool(tool_result)>& on_item);
  result<void> pull(result_stream& from, const std::function<bool(tool_result)>& on_item);

  console& io_;
  const global_options& how_;
  event_loop loop_;
  client client_;
  contact contacted_ = contact::all;
  sign_in sign_in_ = sign_in::refuse;
};

/// A failure as one line for people: `weather: connection refused (after 1.2 s)`.
std::string failure_line(const manual_report& report);

/// Tells of one registration what is wrong with it, with `verbose` all that there is. `when` replaces how long it took.
void tell_report(console& io, const manual_report& report, bool verbose, const std::string& when = {});

}  // namespace utcp::app
