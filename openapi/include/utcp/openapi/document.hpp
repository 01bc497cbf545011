#pragma once

#include <utcp/document.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace utcp::openapi_detail {
class tree;
}

namespace utcp::openapi {

/// A document in memory, immutable, its keys in the order of the text. Copies share it; thread-safe.
class document {
 public:
  document() = default;  ///< none

  /// Reads JSON or YAML. `url` is where the text is: relative references and servers start there; a file's path becomes a
  /// `file:` URL. What JSON nests deeper than the limit becomes null, and `convert` tells of it.
  /// `yaml` may be null. Fails with errc::invalid_config (line and column), errc::too_large, or errc::unsupported (YAML without a reader).
  static result<document> read(std::string_view text, syntax as, const std::string& url, const text_format* yaml, const document_limits& limits = {});
  static document of_json(const json& value, const std::string& url);

  explicit operator bool() const noexcept { return tree_ != nullptr; }
  const std::string& url() const noexcept;
  /// "3.1.0", or "2.0" of a Swagger document; empty when it is neither.
  std::string version() const;

  std::shared_ptr<const openapi_detail::tree> share() const noexcept { return tree_; }

 private:
  std::shared_ptr<const openapi_detail::tree> tree_;
};

/// Whether a text can be an OpenAPI document at all; quick, and true for more than there are.
bool may_be_openapi(std::string_view text) noexcept;

}  // namespace utcp::openapi
