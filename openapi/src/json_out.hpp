#pragma once

#include "tree.hpp"

#include <utcp/json.hpp>

#include <string>
#include <string_view>

namespace utcp::openapi_detail {

/// Appends a JSON string with its quotes. What is not UTF-8 becomes U+FFFD.
void put_string(std::string& out, std::string_view text);

/// Appends a value as compact JSON.
void put_value(std::string& out, node value);

/// A value; null for one that JSON cannot hold.
json json_of(node value);

/// Writes the members of an object: the comma goes where it belongs.
class object_out {
 public:
  explicit object_out(std::string& out) : out_(out) { out_ += '{'; }
  void key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    put_string(out_, name);
    out_ += ':';
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    put_string(out_, value);
  }
  void raw(std::string_view name, std::string_view json_text) {
    key(name);
    out_ += json_text;
  }
  void value(std::string_view name, node of) {
    key(name);
    put_value(out_, of);
  }
  void close() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

}  // namespace utcp::openapi_detail
