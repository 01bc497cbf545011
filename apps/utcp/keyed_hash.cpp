#include "keyed_hash.hpp"

#ifdef UTCP_WITH_MCP

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace utcp::app {

std::string keyed_hash(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned size = 0;
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()), text.size(), raw.data(), &size)) return {};
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += "0123456789abcdef"[raw[i] >> 4];
    out += "0123456789abcdef"[raw[i] & 15];
  }
  return out;
}

}  // namespace utcp::app

#else

namespace utcp::app {

std::string keyed_hash(std::string_view, std::string_view) { return {}; }

}  // namespace utcp::app

#endif
