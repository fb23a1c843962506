#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/domain/blob_store.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/net/waiting.hpp"
#include "server/preview/frame_reader.hpp"

namespace vigie::process {
class ChildProcess;
}

namespace vigie::preview {

/// What became of one image.
enum class Outcome : std::uint8_t {
  kReady,
  kFailed,   // it is damaged, too large, or no image of an allowed format
  kCrashed,  // the decoder ended by a signal, or did not keep to the protocol
  kTimeout,
  kMemory,
};

inline constexpr std::array<std::string_view, 5> kOutcomeNames = {"ready", "failed", "crashed",
                                                                  "timeout", "memory"};

constexpr std::string_view name_of(Outcome outcome) noexcept {
  return kOutcomeNames[static_cast<std::size_t>(outcome)];
}

struct ImageFacts {
  std::string format;
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool is_orientation_applied = false;
  bool has_alpha = false;
  std::int64_t pages = 1;
};

struct Made {
  Outcome outcome = Outcome::kFailed;
  /// Why it is not ready, for the log.
  std::string detail;
  ImageFacts facts;
  /// One for each of kPreviewNames when it is ready; else none.
  std::vector<Frame> previews;
};

struct PreviewOptions {
  /// Path of vigie-preview.
  std::string program;
  std::uint64_t memory_bytes_max = std::uint64_t{512} * 1024 * 1024;
  std::chrono::milliseconds timeout{30'000};
};

/// Makes previews, each time in a process that lives for one image (decision 28). Thread-safe;
/// `make` is called on a fiber, which waits.
class PreviewProcess {
 public:
  explicit PreviewProcess(PreviewOptions options) : options_(std::move(options)) {}

  /// An image that cannot be decoded is an outcome. An error is ours, and another try may help: the
  /// process could not be started or confined, the content not be read, the deadline passed.
  domain::Result<Made> make(const domain::Context& context, domain::BlobContent content) const;

 private:
  domain::Result<Made> follow(const domain::Context& context, process::ChildProcess& child,
                              domain::BlobContent& content) const;

  PreviewOptions options_;
};

}  // namespace vigie::preview
