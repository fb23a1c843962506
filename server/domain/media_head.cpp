#include "server/domain/media_head.hpp"

#include <algorithm>

#include "server/domain/mpeg_audio.hpp"

namespace vigie::domain {
namespace {

/// Of a tag's body: by the name of its first frame a tag is told from what only begins like one.
constexpr std::size_t kTagBodyBytes = 16;
constexpr std::size_t kTagBytes = Id3Tag::kHeaderBytes + kTagBodyBytes;
constexpr std::size_t kFlagsAt = 5;
constexpr std::size_t kLengthAt = 6;
constexpr char kFooter = 0x10;

}  // namespace

void MediaHead::add(std::string_view bytes) {
  while (!bytes.empty() && (left_out_ > 0 || head_.size() < kMediaHeadBytes)) {
    if (left_out_ == 0) {
      add_kept(bytes);
      continue;
    }
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_out_, bytes.size()));
    bytes.remove_prefix(count);
    left_out_ -= count;
    if (left_out_ == 0) end_tag();
  }
}

void MediaHead::add_kept(std::string_view& bytes) {
  const std::size_t end =
      tag_at_ ? std::min(*tag_at_ + kTagBytes, kMediaHeadBytes) : kMediaHeadBytes;
  const std::size_t count = std::min(bytes.size(), end - head_.size());
  head_ += bytes.substr(0, count);
  bytes.remove_prefix(count);
  if (tag_at_ && head_.size() == *tag_at_ + kTagBytes) look_for_tag();
  if (head_.size() == kMediaHeadBytes && left_out_ == 0) tag_at_.reset();
}

void MediaHead::look_for_tag() {
  const auto tag = id3_tag(std::string_view(head_).substr(*tag_at_));
  if (!tag || tag->bytes() <= kTagBytes) {
    tag_at_.reset();
    return;
  }
  left_out_ = tag->bytes() - kTagBytes;
}

void MediaHead::end_tag() {
  head_[*tag_at_ + kFlagsAt] = static_cast<char>(head_[*tag_at_ + kFlagsAt] & ~kFooter);
  head_.replace(*tag_at_ + kLengthAt, 4, {'\0', '\0', '\0', static_cast<char>(kTagBodyBytes)});
  tag_at_ = head_.size();
}

}  // namespace vigie::domain
