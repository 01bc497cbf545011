#pragma once

#include <utcp/error.hpp>
#include <utcp/secret.hpp>
#include <utcp/task.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace utcp::mcp {

/// Port: where credentials stay between two runs: a file, a keyring, a database. Names and values are texts; a value is secret.
/// Used on the executor of those who own it; an operation may suspend.
class token_store {
 public:
  virtual ~token_store() = default;

  /// Nothing: none of that name.
  virtual task<result<std::optional<secret>>> load(std::string name) = 0;
  virtual task<result<void>> save(std::string name, secret value) = 0;
  /// Fine when there is none.
  virtual task<result<void>> erase(std::string name) = 0;
  /// Of all entries. Default: errc::unsupported; only `sign_out` needs them.
  virtual task<result<std::vector<std::string>>> names();
};

/// Forgets everything with the process.
std::shared_ptr<token_store> make_memory_token_store();

/// One JSON file of mode 0600, in a folder that is made with mode 0700. It is replaced as a whole, so that a reader sees the old or the
/// new one; processes that write at the same time wait for each other for at most two seconds.
/// Operations fail with errc::not_allowed (the file belongs to another user, or others may read it), errc::invalid_config (it is no
/// such file), errc::too_large (more than 4 MiB) and errc::unavailable (the system's refusal, or another process holds the lock).
std::shared_ptr<token_store> make_file_token_store(std::filesystem::path file);

/// `$XDG_DATA_HOME/utcp/credentials.json`, else `$HOME/.local/share/utcp/credentials.json`; empty when neither is set.
std::filesystem::path usual_token_file();

}  // namespace utcp::mcp
