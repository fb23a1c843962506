#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// libvips has named it.
using VipsSource = struct _VipsSource;  // NOLINT(bugprone-reserved-identifier)

namespace vigie::preview {

/// A content as its decoder should see it: what every browser supplies to a file that is whole but
/// for its form is supplied. To a JPEG and a PNG without it, the marker of the end; to an AVIF, the
/// order of its properties. A descriptor that can be sought is read at its places, else in order
/// (an AVIF then lies in memory, as libvips would have it).
class MendedInput {
 public:
  explicit MendedInput(int descriptor);

  /// Which reads from this object, and is not used after it; null when there is nothing to read.
  VipsSource* new_source();

  std::string_view head() const { return head_; }

  /// As read(2) and lseek(2) of the mended content.
  std::int64_t read(char* buffer, std::int64_t length);
  std::int64_t seek(std::int64_t offset, int whence);

 private:
  std::int64_t read_descriptor(char* buffer, std::int64_t length, std::int64_t place) const;
  bool ends_with(std::string_view end) const;
  bool is_avif() const;
  bool read_more();
  void mend();

  int descriptor_;
  std::int64_t bytes_ = -1;  // of the descriptor; -1: it cannot be sought
  std::int64_t place_ = 0;
  std::string head_;  // instead of the first bytes of the descriptor
  bool is_mended_ = false;
  bool is_in_memory_ = false;    // all of it, in head_
  std::string_view tail_;        // after its last; a literal
  std::int64_t tail_place_ = 0;  // how much of it has been read, where nothing can be sought
};

}  // namespace vigie::preview
