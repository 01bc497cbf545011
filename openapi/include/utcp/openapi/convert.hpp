#pragma once

#include <utcp/openapi/document.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::openapi {

/// Gives a document that another one refers to, by its URL; see `load_files` and `load_fetched`.
using document_loader = std::function<result<document>(const std::string& url)>;

/// How to convert; docs/openapi.md has the rules.
struct convert_options {
  convert_options() = default;

  /// Where the document came from, when that is not where it lies: relative servers and token URLs start there.
  std::string spec_url;
  /// Replaces the document's servers.
  std::string base_url;
  /// Values of server variables, by name, instead of their defaults.
  std::map<std::string, std::string> server_variables;
  /// Server variables with an `enum` become optional arguments, where UTCP lets an argument stand. Other UTCP clients ask for them.
  bool server_arguments = false;
  /// Which operations: `tag:T`, `path:P`, `method:M`, `id:I`, or `I`, `/P`, `M /P`; `*` stands for any text, `?` for one
  /// character. No `include` means all; `exclude` wins.
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  bool skip_deprecated = false;
  /// Put before each tool's name.
  std::string prefix;
  /// Canonical auth object for operations with security, instead of the document's schemes; null: those.
  json auth_tools;
  /// Servers on this machine are fine. Without: tools with such a server are left out with a notice.
  bool allow_local_servers = true;
  /// Arguments get names that models' APIs take (`[A-Za-z0-9_.-]{1,64}`); the template's `x-arg-map` has the real ones.
  bool safe_arguments = true;
  bool outputs = true;
  std::size_t max_description = 1024;  ///< bytes of a tool's description
  /// Of the tools' templates.
  trust origin = trust::configuration;

  /// Where `load_files_of` starts, from the document's folder; empty: there.
  std::string root;
  document_loader load;                       ///< none: references to other documents stay unresolved
  bool load_references = true;                ///< for those who set `load`: whether they shall
  std::size_t max_documents = 10'000;         ///< that `load` is asked for
  std::size_t max_operations = 100'000;
  std::size_t max_notices = 10'000;
};

struct conversion {
  manual found;
  std::vector<notice> notices;  ///< what could not be expressed; places are JSON pointers, after the URL of another document
};

/// Turns an OpenAPI 3.0, 3.1 or 3.2 or a Swagger 2.0 document into a manual. Does no I/O but `load`'s; the same document gives
/// the same manual. What is wrong in one place costs that place only and is told in a notice.
/// Fails with errc::invalid_config when the document is not of these kinds.
result<conversion> convert(const document& source, const convert_options& options = {});

/// The documents that this one refers to, absolute, each once; to load them before `convert`.
std::vector<std::string> references_of(const document& source);

/// Whether a text may hold references to other documents; quick, and true for more than do.
bool may_refer_elsewhere(std::string_view text) noexcept;

/// A document that another one refers to: as `document::read`, but Markdown, which descriptions lie in, is one string.
result<document> read_part(std::string_view text, syntax as, const std::string& url, const text_format* yaml, const document_limits& limits = {});

/// A loader of what was fetched before. `yaml` may be null.
document_loader load_fetched(std::shared_ptr<const fetched_documents> others, std::shared_ptr<const text_format> yaml, document_limits limits = {});

/// A loader of files below `root`; other places fail with errc::not_allowed. `yaml` may be null.
document_loader load_files(std::string root, std::shared_ptr<const text_format> yaml, document_limits limits = {});

/// The same for a document that lies in a file: below its folder, or below `root`, which starts there. Null for one that lies elsewhere.
document_loader load_files_of(const document& of, const std::string& root, std::shared_ptr<const text_format> yaml, document_limits limits = {});

/// A loader for a document that a person names: of files anywhere that are called `*.json`, `*.yaml`, `*.yml` or `*.md` and have no
/// hidden folder on their way; others fail with errc::not_allowed. `yaml` may be null.
document_loader load_any_files(std::shared_ptr<const text_format> yaml, document_limits limits = {});

}  // namespace utcp::openapi
