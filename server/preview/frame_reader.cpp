#include "server/preview/frame_reader.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "server/preview/protocol.hpp"

namespace vigie::preview {
namespace {

constexpr std::size_t kHeadBytesMax = 32;
constexpr std::size_t kFactsBytesMax = 1024;

bool is_preview(std::string_view name) {
  return std::find(kPreviewNames.begin(), kPreviewNames.end(), name) != kPreviewNames.end();
}

bool begins_as_it_should(const Frame& frame) {
  const std::string_view bytes = frame.bytes;
  if (frame.name.ends_with(".jpeg")) return bytes.starts_with("\xff\xd8\xff");
  if (!frame.name.ends_with(".webp")) return true;
  return bytes.size() > 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP";
}

}  // namespace

bool FrameReader::take(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kOutputBytesMax) return false;
  while (!bytes.empty()) {
    if (is_complete_) return false;
    if (is_in_frame_) {
      const std::string_view part = bytes.substr(0, missing_bytes_);
      frames_.back().bytes += part;
      missing_bytes_ -= part.size();
      bytes.remove_prefix(part.size());
      if (missing_bytes_ == 0 && !end_frame()) return false;
      continue;
    }
    const char next = bytes.front();
    bytes.remove_prefix(1);
    if (next == '\n') {
      if (!begin_frame(head_)) return false;
    } else if (head_.size() < kHeadBytesMax) {
      head_ += next;
    } else {
      return false;
    }
  }
  return true;
}

bool FrameReader::begin_frame(std::string_view head) {
  const std::size_t space = head.find(' ');
  if (space == std::string_view::npos) return false;
  const std::string_view name = head.substr(0, space);
  const std::string_view size = head.substr(space + 1);
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), count);
  if (error != std::errc{} || end != size.data() + size.size()) return false;
  if (name == kEndFrame) {
    is_complete_ = count == 0 && frames_.size() == kPreviewNames.size() + 1;
    return is_complete_;
  }
  // Facts come first.
  const bool is_expected = frames_.empty() ? name == kFactsFrame : is_preview(name);
  const std::size_t count_max = frames_.empty() ? kFactsBytesMax : kOutputBytesMax;
  const bool is_there = std::any_of(frames_.begin(), frames_.end(),
                                    [&](const Frame& frame) { return frame.name == name; });
  if (!is_expected || is_there || count == 0 || count > count_max) return false;
  frames_.push_back({.name = std::string(name), .bytes = {}});
  head_.clear();
  missing_bytes_ = count;
  is_in_frame_ = true;
  return true;
}

bool FrameReader::end_frame() {
  is_in_frame_ = false;
  return begins_as_it_should(frames_.back());
}

}  // namespace vigie::preview
