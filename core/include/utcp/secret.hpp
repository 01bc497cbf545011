#pragma once

#include <iosfwd>
#include <string>

namespace utcp {

/// Text that must not be shown: it prints as `***`; only `reveal()` gives it out.
class secret {
 public:
  secret() = default;
  explicit secret(std::string text) : text_(std::move(text)) {}

  const std::string& reveal() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }

  friend bool operator==(const secret&, const secret&) = default;

 private:
  std::string text_;
};

std::ostream& operator<<(std::ostream& out, const secret&);

}  // namespace utcp
