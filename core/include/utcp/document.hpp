#pragma once

#include <utcp/error.hpp>
#include <utcp/limits.hpp>
#include <utcp/manual.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// How a document's text is written.
enum class syntax { json, yaml, unknown };

/// Port: a reader of a syntax other than JSON. Must enforce the limits it is given; reports events in document order.
class text_format {
 public:
  virtual ~text_format() = default;
  /// Fails with errc::invalid_config (with line and column) or errc::too_large. A handler that returns false stops the reading.
  virtual result<void> read(std::string_view text, nlohmann::json_sax<json>& handler, const document_limits& limits) const = 0;
};

/// A document that another one refers to, as it came.
struct fetched_document {
  std::string text;
  syntax as = syntax::unknown;
  std::string url;  ///< where it was in the end: the base of its own references
};

/// Documents by the URL that they are referred to by, or why one cannot be had.
using fetched_documents = std::map<std::string, result<fetched_document>, std::less<>>;

/// What an importer is told of a document that is not a manual.
struct import_context {
  std::string where;      ///< URL or file of the document
  std::string name;       ///< the manual's name
  bool local = false;     ///< a file or inline text of the user's own: loopback servers are fine
  std::string base_url;   ///< replaces the document's server when not empty
  json auth_tools;        ///< canonical auth object for the generated tools, or null
  json options = json::object();  ///< the provider's other keys; importers read those of their own
  trust origin = trust::configuration;
  std::shared_ptr<const fetched_documents> others;  ///< what it refers to, where somebody fetched that; see `document_importer::references`
};

/// Port: turns a foreign document (OpenAPI) into a manual.
class document_importer {
 public:
  virtual ~document_importer() = default;
  virtual bool accepts(const json& document) const = 0;
  virtual result<manual> import(json document, const import_context& context, std::vector<notice>& notices) const = 0;
  /// The same from the text, for importers that need no json of it: keeps the order of keys, and is quick. Nothing: not its
  /// kind of document, or not a text that it reads; the other way then says what is wrong.
  virtual std::optional<result<manual>> import_text(std::string_view /*text*/, syntax /*as*/, const import_context& /*context*/,
                                                    const document_limits& /*limits*/, std::vector<notice>& /*notices*/) const {
    return std::nullopt;
  }
  /// The documents that this one refers to: absolute URLs, each once; for those who fetch them before `import_text`. Nothing for a
  /// text that it would not import, unless that `is_part` of one that it would.
  virtual std::vector<std::string> references(std::string_view /*text*/, syntax /*as*/, const import_context& /*context*/, bool /*is_part*/,
                                              const document_limits& /*limits*/) const {
    return {};
  }
};

/// The readers and importers of one client.
struct document_ports {
  std::shared_ptr<const text_format> yaml;  ///< null: YAML is unsupported
  std::vector<std::shared_ptr<const document_importer>> importers;
};

/// Reads a whole document within limits. `where` names it in errors, which give line and column.
/// Fails with errc::invalid_config, errc::too_large, or errc::unsupported (YAML without a reader).
result<json> read_document(std::string_view text, syntax as, const std::string& where, const document_ports& ports,
                           const document_limits& limits = {});

/// Reads a small JSON text (arguments, an answer) within limits; errors say line and column.
result<json> parse_json(std::string_view text, const document_limits& limits = {});

/// JSON text of a value; invalid UTF-8 becomes U+FFFD instead of an exception, a binary value base64 text (RFC 4648).
std::string write_json(const json& value, int indent = -1);

/// Whether a text begins as HTML or XML does. YAML may begin with `<<:`.
bool looks_like_markup(std::string_view text) noexcept;

/// `.yaml`, `.yml` → yaml; `.json` → json; else unknown.
syntax syntax_of_path(std::string_view path) noexcept;

/// What `load_manual` needs to know of a text.
struct manual_source {
  std::string where;                             ///< file or URL, for messages
  syntax as = syntax::unknown;                   ///< unknown: `{` and `[` begin JSON, anything else is tried as YAML
  trust origin = trust::remote;
  bool local = false;                            ///< see import_context::local
  std::shared_ptr<const call_template> provider;  ///< inherited by tools that have no template of their own
  std::shared_ptr<const fetched_documents> others;  ///< see import_context::others
};

struct loaded_manual {
  manual found;
  std::vector<notice> notices;  ///< skipped tools and other partial failures
};

/// Reads a manual of either dialect, or imports a foreign document. Tools that cannot be read are skipped with a notice;
/// the text itself is read as a stream, one tool in memory at a time.
/// Fails with errc::invalid_config, errc::too_large or errc::unsupported.
result<loaded_manual> load_manual(std::string text, const manual_source& source, const document_ports& ports,
                                  const document_limits& limits = {});

}  // namespace utcp
