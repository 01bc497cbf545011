#pragma once

#include <utcp/call_template.hpp>
#include <utcp/error.hpp>
#include <utcp/masking.hpp>
#include <utcp/observer.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// Replaces secrets in texts. Values shorter than four bytes are left: they are no secrets and would garble everything.
class redactor {
 public:
  redactor() = default;
  explicit redactor(std::vector<std::string> secrets);

  bool empty() const noexcept { return secrets_.empty(); }
  std::string operator()(std::string text) const;
  json operator()(json value) const;
  error operator()(error e) const;
  notice operator()(notice n) const;
  /// Of a text that is a piece of a longer one: parts of secrets at its ends go, too.
  std::string of_piece(std::string text) const;

 private:
  void redact(json& value, std::size_t depth) const;
  std::vector<std::string> secrets_;  // longest first
};

/// Tells `to` what a transport tells, without the secrets; `to` itself where there are none.
std::shared_ptr<observer> redacting(std::shared_ptr<observer> to, const redactor& redact);

/// The secret values that stand literally in an auth object: key, password, id, token.
std::vector<std::string> auth_secrets(const json& auth);

}  // namespace utcp
