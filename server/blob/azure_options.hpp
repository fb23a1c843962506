#pragma once

#include <chrono>
#include <string>

namespace vigie::blob {

/// Where contents are in Azure Blob Storage.
struct AzureOptions {
  /// https://ACCOUNT.blob.core.windows.net, or http://HOST:PORT/ACCOUNT of an emulator; without '/'
  /// at its end.
  std::string endpoint;
  std::string account;
  std::string container;
  /// The account's key, decoded. Never told to anybody.
  std::string key;
  /// Of one request, its connection included.
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds connect_timeout{3'000};
};

}  // namespace vigie::blob
