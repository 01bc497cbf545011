#pragma once

#include "api.hpp"

#include <string>
#include <vector>

namespace utcp::openapi_detail {

/// Which operations become tools: the patterns of `convert_options`.
class selection {
 public:
  explicit selection(const openapi::convert_options& options);
  bool takes(const operation& of) const;

 private:
  struct pattern {
    enum class by { id, tag, path, method, method_and_path } what = by::id;
    std::string text;
    std::string method;
  };
  static pattern parse(const std::string& text);
  static bool matches(const pattern& one, const operation& of);

  std::vector<pattern> include_, exclude_;
  bool skip_deprecated_;
};

}  // namespace utcp::openapi_detail
