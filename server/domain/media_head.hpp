#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::domain {

/// How much of a content's beginning is kept for its type to be told by: room for three frames of
/// any MPEG audio behind junk as long as one.
inline constexpr std::size_t kMediaHeadBytes = 16'384;

/// Gathers the head of a content while it goes by. Of a tag of ID3v2 only the beginning is kept,
/// however long it is by the picture of a cover: what tells a sound's type comes behind it. The
/// tag's length is then that of what is kept; a tag that has not ended has its own.
class MediaHead {
 public:
  /// The next bytes of the content.
  void add(std::string_view bytes);
  std::string take() && { return std::move(head_); }

 private:
  void add_kept(std::string_view& bytes);
  void look_for_tag();
  void end_tag();

  std::string head_;
  /// Where the next tag would begin; nothing once something else has come.
  std::optional<std::size_t> tag_at_ = 0;
  /// Bytes of a tag that are still to be left out.
  std::uint64_t left_out_ = 0;
};

}  // namespace vigie::domain
