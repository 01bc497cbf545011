#pragma once

#include <utcp/dialect.hpp>
#include <utcp/openapi/convert.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::app {

/// What `utcp convert` and `utcp import` say of an OpenAPI document.
struct spec_options {
  std::string spec_url;
  std::string root;
  std::string base_url;
  std::string prefix;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
  std::vector<std::string> server_variables;  ///< NAME=VALUE
  bool server_arguments = false;
  bool skip_deprecated = false;
  bool wire_names = false;

  bool any() const;
  /// Fails with errc::invalid_argument for a variable without `=`.
  result<openapi::convert_options> to_convert() const;
  /// The key `openapi` of a provider; null: nothing to say.
  json to_provider() const;
};

bool is_web_url(std::string_view text) noexcept;

/// The text of a file, or of what a URL answers. Fails with errc::invalid_config and as the HTTP client.
result<std::string> read_spec(const std::string& file_or_url, bool allow_insecure_http);

/// The document in a text; nothing: it is none of OpenAPI's.
std::optional<openapi::document> as_openapi(std::string_view text, const std::string& where, const document_ports& ports);

/// Converts a document that lies in a file or at a URL, with the documents that it refers to.
result<openapi::conversion> convert_openapi(const openapi::document& source, const spec_options& how, const document_ports& ports, bool allow_insecure_http);

/// Writes a manual one tool at a time: as one json it would be many times the document. In v1 schemas keep the order of keys.
void write_tools(const manual& source, dialect to, fidelity how, std::vector<notice>& notices, const std::function<void(std::string_view)>& out);

}  // namespace utcp::app
