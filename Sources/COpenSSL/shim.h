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
#include <openssl/x509.h>

// The names of parameters as pointers that stay valid: OpenSSL keeps them, and Swift would pass copies.
static const char *const sluice_kdf_password = OSSL_KDF_PARAM_PASSWORD;
static const char *const sluice_kdf_salt = OSSL_KDF_PARAM_SALT;
static const char *const sluice_kdf_scrypt_n = OSSL_KDF_PARAM_SCRYPT_N;
static const char *const sluice_kdf_scrypt_r = OSSL_KDF_PARAM_SCRYPT_R;
static const char *const sluice_kdf_scrypt_p = OSSL_KDF_PARAM_SCRYPT_P;
static const char *const sluice_kdf_scrypt_maxmem = OSSL_KDF_PARAM_SCRYPT_MAXMEM;
#endif
