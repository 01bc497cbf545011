#pragma once

#include <utcp/call_template.hpp>
#include <utcp/error.hpp>
#include <utcp/masking.hpp>

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

 private:
  void redact(json& value, std::size_t depth) const;
  std::vector<std::string> secrets_;  // longest first
};

/// The secret values that stand literally in an auth object: key, password, id, token.
std::vector<std::string> auth_secrets(const json& auth);

}  // namespace utcp
