#include "crypto.hpp"

#include <utcp/base64.hpp>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <array>
#include <memory>
#include <vector>

namespace utcp::mcp {
namespace {

constexpr int smallest_rsa_bits = 2048;
constexpr std::size_t p256_bytes = 32;
constexpr std::size_t max_key_bytes = 64u << 10;

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const noexcept { Free(what); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using ecdsa_ptr = std::unique_ptr<ECDSA_SIG, freed_by<ECDSA_SIG_free>>;

error bad_key(const char* why) { return {errc::invalid_config, std::string("private key: ") + why}; }

// An encrypted key would make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

result<key_ptr> read_key(const secret& pem) {
  if (pem.reveal().size() > max_key_bytes) return bad_key("longer than 64 KiB");
  const bio_ptr text(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
  if (!text) return error(errc::unavailable, "private key: no memory");
  key_ptr key(PEM_read_bio_PrivateKey(text.get(), nullptr, &no_passphrase, nullptr));
  if (!key) return bad_key("no PEM text of an unencrypted private key");
  return key;
}

result<const char*> algorithm_of(EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
    if (EVP_PKEY_get_bits(key) < smallest_rsa_bits) return bad_key("RSA of less than 2048 bits");
    return "RS256";
  }
  std::array<char, 64> curve{};
  std::size_t size = 0;
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && EVP_PKEY_get_group_name(key, curve.data(), curve.size(), &size) == 1 &&
      (std::string_view(curve.data(), size) == "prime256v1" || std::string_view(curve.data(), size) == "P-256"))
    return "ES256";
  return bad_key("neither RSA (RS256) nor EC on the curve P-256 (ES256)");
}

// RFC 7518 section 3.4: R and S as 32 bytes each; OpenSSL writes them as DER.
result<std::string> flat_signature(const std::vector<unsigned char>& der) {
  const unsigned char* at = der.data();
  const ecdsa_ptr signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::array<unsigned char, 2 * p256_bytes> flat{};
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), flat.data(), p256_bytes) != p256_bytes ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), flat.data() + p256_bytes, p256_bytes) != p256_bytes)
    return error(errc::internal, "private key: the signature cannot be written");
  return std::string(reinterpret_cast<const char*>(flat.data()), flat.size());
}

result<std::string> sign(EVP_PKEY* key, bool flat, std::string_view text) {
  const digest_ptr digest(EVP_MD_CTX_new());
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) != 1 || EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1)
    return error(errc::internal, "private key: cannot sign");
  std::vector<unsigned char> out(size);
  if (EVP_DigestSign(digest.get(), out.data(), &size, bytes, text.size()) != 1) return error(errc::internal, "private key: cannot sign");
  out.resize(size);
  if (flat) return flat_signature(out);
  return std::string(reinterpret_cast<const char*>(out.data()), out.size());
}

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string out = base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

result<std::string> random_text(std::size_t bytes) {
  std::string raw(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(raw.data()), static_cast<int>(bytes)) != 1) return error(errc::unavailable, "the system gives no randomness");
  return base64url(raw);
}

result<std::string> sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha256(), nullptr) != 1) return error(errc::internal, "SHA-256 failed");
  return std::string(reinterpret_cast<const char*>(out.data()), size);
}

result<std::string> signing_algorithm(const secret& private_key) {
  auto key = read_key(private_key);
  if (!key) return key.error();
  auto algorithm = algorithm_of(key->get());
  if (!algorithm) return algorithm.error();
  return std::string(*algorithm);
}

result<secret> sign_jwt(std::string_view claims, const secret& private_key) {
  auto key = read_key(private_key);
  if (!key) return key.error();
  auto algorithm = algorithm_of(key->get());
  if (!algorithm) return algorithm.error();
  const bool flat = std::string_view(*algorithm) == "ES256";
  std::string text = base64url(std::string(R"({"alg":")") + *algorithm + R"(","typ":"JWT"})") + "." + base64url(claims);
  auto signature = sign(key->get(), flat, text);
  if (!signature) return signature.error();
  return secret(text + "." + base64url(*signature));
}

}  // namespace utcp::mcp
