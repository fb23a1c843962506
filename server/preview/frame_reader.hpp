#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::preview {

struct Frame {
  std::string name;
  std::string bytes;
};

/// Reads the frames of protocol.hpp as they arrive. Threat: what writes them may have been taken
/// over by an image. So each name is one of the protocol's, comes once, and all together are
/// bounded; and what is called WebP or JPEG begins as one.
class FrameReader {
 public:
  /// False once what came is not the protocol; nothing more is taken then.
  bool take(std::string_view bytes);
  /// Every frame has come, and nothing after the last one.
  bool is_complete() const noexcept { return is_complete_; }
  /// Without the empty last one.
  std::vector<Frame>& frames() noexcept { return frames_; }

 private:
  bool begin_frame(std::string_view head);
  bool end_frame();

  std::string head_;
  std::size_t missing_bytes_ = 0;
  std::size_t bytes_ = 0;
  bool is_in_frame_ = false;
  bool is_complete_ = false;
  std::vector<Frame> frames_;
};

}  // namespace vigie::preview
