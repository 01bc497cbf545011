#pragma once

#include <string>
#include <string_view>

namespace utcp::app {

/// HMAC-SHA256 as hexadecimal digits: what `text` was cannot be found from it without the key. Empty in a build
/// without OpenSSL, and when that fails.
std::string keyed_hash(std::string_view key, std::string_view text);

}  // namespace utcp::app
