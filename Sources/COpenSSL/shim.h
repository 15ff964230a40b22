#ifndef SLUICE_COPENSSL_SHIM_H
#define SLUICE_COPENSSL_SHIM_H
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

// The names of parameters as pointers that stay valid: OpenSSL keeps them, and Swift would pass copies.
static const char *const sluice_kdf_password = OSSL_KDF_PARAM_PASSWORD;
static const char *const sluice_kdf_salt = OSSL_KDF_PARAM_SALT;
static const char *const sluice_kdf_scrypt_n = OSSL_KDF_PARAM_SCRYPT_N;
static const char *const sluice_kdf_scrypt_r = OSSL_KDF_PARAM_SCRYPT_R;
static const char *const sluice_kdf_scrypt_p = OSSL_KDF_PARAM_SCRYPT_P;
static const char *const sluice_kdf_scrypt_maxmem = OSSL_KDF_PARAM_SCRYPT_MAXMEM;

// "instance" is OSSL_SIGNATURE_PARAM_INSTANCE, which headers before 3.2 do not have.
static inline OSSL_PARAM sluice_ed25519ph(void) {
    return OSSL_PARAM_construct_utf8_string("instance", (char *)"Ed25519ph", 0);
}

// A digest of content. OpenSSL 3 would have it fetched from a provider, for which a process reads the configuration and
// lists every algorithm first: as much work as a whole build of ten objects. What it fetches is this very code.
typedef struct {
    union {
        SHA256_CTX narrow;
        SHA512_CTX wide;
    };
} sluice_digest;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static inline int sluice_sha256_begin(sluice_digest *digest) { return SHA256_Init(&digest->narrow); }
static inline int sluice_sha256_take(sluice_digest *digest, const void *bytes, size_t count) {
    return SHA256_Update(&digest->narrow, bytes, count);
}
static inline int sluice_sha256_end(sluice_digest *digest, unsigned char *result) {
    return SHA256_Final(result, &digest->narrow);
}
static inline int sluice_sha384_begin(sluice_digest *digest) { return SHA384_Init(&digest->wide); }
static inline int sluice_sha512_begin(sluice_digest *digest) { return SHA512_Init(&digest->wide); }
// SHA-384 is SHA-512 from another beginning, cut to its length, which the context knows.
static inline int sluice_sha512_take(sluice_digest *digest, const void *bytes, size_t count) {
    return SHA512_Update(&digest->wide, bytes, count);
}
static inline int sluice_sha512_end(sluice_digest *digest, unsigned char *result) {
    return SHA512_Final(result, &digest->wide);
}
#pragma GCC diagnostic pop

// Stacks are macros.
static inline STACK_OF(X509) *sluice_certificates_new(void) { return sk_X509_new_null(); }
static inline int sluice_certificates_push(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate);
}
static inline int sluice_certificates_count(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *sluice_certificates_at(const STACK_OF(X509) *stack, int index) { return sk_X509_value(stack, index); }
static inline void sluice_certificates_free(STACK_OF(X509) *stack) { sk_X509_pop_free(stack, X509_free); }
#endif
