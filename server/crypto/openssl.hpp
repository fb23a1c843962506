#pragma once

#include <openssl/err.h>

#include <stdexcept>
#include <string>

namespace vigie::crypto {

/// Calls that fail only when OpenSSL itself is broken or memory is out.
inline void require(bool is_ok, const char* what) {
  if (is_ok) return;
  const unsigned long code = ERR_get_error();
  const char* const reason = ERR_reason_error_string(code);
  ERR_clear_error();
  throw std::runtime_error(std::string("OpenSSL: ") + what + ": " +
                           (reason == nullptr ? "no reason given" : reason));
}

}  // namespace vigie::crypto
