#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/domain/clock.hpp"

namespace vigie::blob {

/// A request as the signature sees it: a view of one.
struct SignedRequest {
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  std::string_view method;
  /// The URL's path, as it is sent.
  std::string_view path;
  /// Values as they are, not encoded.
  const Pairs& query;
  /// Names in lower case.
  const Pairs& headers;
  std::size_t content_length = 0;
};

/// The key of a storage account: signs requests (Azure Storage, "Authorize with Shared Key",
/// version 2015-02-21 and later) and URLs ("Create a service SAS", version 2020-12-06).
/// Thread-safe.
class SharedKey {
 public:
  SharedKey(std::string account, std::string key)
      : account_(std::move(account)), key_(std::move(key)) {}

  static constexpr std::string_view kVersion = "2020-12-06";

  /// The value of the Authorization header.
  std::string authorization(const SignedRequest& request) const;
  /// The query of a URL that reads the blob `name` ("container/key") until `expires_at`.
  /// `protocol`: "https", or "https,http".
  std::string read_query(std::string_view name, domain::Timestamp expires_at,
                         std::string_view protocol) const;

  std::string string_to_sign(const SignedRequest& request) const;

 private:
  std::string signature(std::string_view text) const;

  const std::string account_;
  const std::string key_;
};

}  // namespace vigie::blob
