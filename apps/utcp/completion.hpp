#pragma once

#include <CLI/App.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::app {

/// A word that may stand where the user is typing.
struct candidate {
  std::string word;
  std::string description;  ///< may be empty
};

/// What fits an unfinished command line.
struct completion {
  std::vector<candidate> candidates;  ///< whole words that begin with the unfinished one
  bool unfinished = false;            ///< no blank after the word: more belongs to it
  bool files = false;                 ///< the names of files fit, too …
  std::string before_file;            ///< … after this beginning of the word, such as `--config=` or `@`
};

/// What only the configuration knows. Each may give nothing; none tells an error.
struct completion_sources {
  std::string config;  ///< `--config` of the command line; empty without
  bool allow_insecure_http = false;

  /// Tools, or manuals as `manual.`, that begin with the text.
  std::function<completion(const completion_sources&, std::string_view begin)> tools;
  /// Names of manuals.
  std::function<std::vector<candidate>(const completion_sources&)> manuals;
  /// `key=` or `key=value` for a tool.
  std::function<completion(const completion_sources&, std::string_view tool, std::string_view begin)> arguments;
};

/// What fits the last of `words`, which are those after the program's name; the last may be empty. Reads the commands and
/// options from `app` alone, and the kind of a value from its type's name: FILE, TOOL, MANUAL, ARGUMENT, or `{a,b}`.
completion complete(const CLI::App& app, const std::vector<std::string>& words, completion_sources sources);

/// The text that the shells' scripts read: a line `word<TAB>description` for each candidate, then `:` and directives.
std::string write_completion(const completion& what);

/// Whether a word can be offered: a name from elsewhere must not hold what a shell takes for more than a name.
bool is_plain_word(std::string_view word);

}  // namespace utcp::app
