#include "crypto.hpp"

#include <utcp/base64.hpp>

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <set>

namespace utcp::mcp {
namespace {

struct key_pair {
  EVP_PKEY* key;
  ~key_pair() { EVP_PKEY_free(key); }
  secret pem() const {
    BIO* to = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(to, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* text = nullptr;
    const long size = BIO_get_mem_data(to, &text);
    secret out(std::string(text, static_cast<std::size_t>(size)));
    BIO_free(to);
    return out;
  }
};

std::string from_base64url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  while (text.size() % 4 != 0) text += '=';
  return base64_decoded(text).value();
}

bool verifies(EVP_PKEY* key, const std::string& jwt, bool flat) {
  const auto dot = jwt.rfind('.');
  std::string signature = from_base64url(jwt.substr(dot + 1));
  if (flat) {
    EXPECT_EQ(signature.size(), 64u);
    ECDSA_SIG* parts = ECDSA_SIG_new();
    const auto* raw = reinterpret_cast<const unsigned char*>(signature.data());
    ECDSA_SIG_set0(parts, BN_bin2bn(raw, 32, nullptr), BN_bin2bn(raw + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(parts, &der);
    signature.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    ECDSA_SIG_free(parts);
  }
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(digest, nullptr, EVP_sha256(), nullptr, key);
  const int fine = EVP_DigestVerify(digest, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(), reinterpret_cast<const unsigned char*>(jwt.data()), dot);
  EVP_MD_CTX_free(digest);
  return fine == 1;
}

TEST(crypto, hashes_as_rfc_7636_shows) {
  EXPECT_EQ(base64url(*sha256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(crypto, randomness_does_not_repeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random_text(24).value());
  EXPECT_EQ(seen.size(), 100u);
  EXPECT_EQ(seen.begin()->size(), 32u);
}

TEST(crypto, signs_with_p256_and_rsa) {
  for (const bool flat : {true, false}) {
    const key_pair pair{flat ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048)};
    const secret pem = pair.pem();
    EXPECT_EQ(signing_algorithm(pem).value(), flat ? "ES256" : "RS256");
    for (int i = 0; i < 8; ++i) {  // R or S begins with a zero byte now and then
      const auto jwt = sign_jwt(R"({"iss":"me"})", pem);
      ASSERT_TRUE(jwt);
      const std::string& text = jwt->reveal();
      EXPECT_EQ(from_base64url(text.substr(0, text.find('.'))), std::string(R"({"alg":")") + (flat ? "ES256" : "RS256") + R"(","typ":"JWT"})");
      EXPECT_TRUE(verifies(pair.key, text, flat));
    }
  }
}

TEST(crypto, refuses_other_keys_and_shows_none) {
  const key_pair other{EVP_EC_gen("P-384")}, small{EVP_RSA_gen(1024)};
  for (const secret& pem : {secret(""), secret("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), secret(std::string(70'000, 'k')), other.pem(), small.pem()}) {
    const auto failed = sign_jwt("{}", pem);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error(), errc::invalid_config);
    EXPECT_THAT(failed.error().message, ::testing::Not(::testing::HasSubstr("BEGIN")));
  }
}

}  // namespace
}  // namespace utcp::mcp
