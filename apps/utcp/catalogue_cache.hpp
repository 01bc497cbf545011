#pragma once

#include "cache_folder.hpp"
#include "manual_keys.hpp"
#include "session.hpp"

#include <utcp/search/catalogue_file.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace utcp::app {

/// How a command uses what was discovered before.
struct cache_use {
  bool off = false;
  bool refresh = false;  ///< discover all anew
  std::chrono::milliseconds max_age = std::chrono::minutes(5);  ///< older than that is asked for again; files are looked at each time
};

/// `UTCP_CACHE` and `UTCP_CACHE_MAX_AGE`, where the command line does not say otherwise. Fails with errc::invalid_argument for what they cannot be.
result<cache_use> usual_cache_use();

/// `0`, or as `parse_duration`.
std::optional<std::chrono::milliseconds> parse_max_age(std::string_view text);

/// The catalogue of a configuration, from the cache as far as that is right, discovered and put there otherwise.
///
/// Failures are kept as tools are: told each time, tried again when they are older than `max_age`. What is told is what a registration tells.
class catalogue_cache {
 public:
  catalogue_cache(console& io, const global_options& global, const cache_use& how) : io_(io), global_(global), how_(how) {}

  /// Null: this configuration is not cached, or the folder cannot be used; with `--verbose` it is told why.
  /// Fails as `session::open`.
  result<catalogue_file_ptr> open(session& with);

 private:
  enum class state { missing, old, fresh };
  struct known_manual {
    state is = state::missing;
    const stored_manual* stored = nullptr;
  };

  bool prepare();
  void look_up();
  bool all_fresh() const;
  result<void> ask(session& with);
  result<catalogue_file_ptr> update(const session& with);
  manual_report tell(std::size_t at, const manual_report* now);
  void note(const std::string& text) const;

  console& io_;
  const global_options& global_;
  const cache_use& how_;
  client_config config_;
  indexed_search_options search_;
  std::optional<cache_folder> folder_;
  std::string name_;  // of the file
  std::vector<manual_key> keys_;
  catalogue_file_ptr held_;
  std::chrono::system_clock::duration age_{};
  std::vector<known_manual> known_;  // as keys_
};

}  // namespace utcp::app
