#include "server/preview/program/mended_input.hpp"

#include <unistd.h>
#include <vips/vips.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "server/preview/program/avif_properties.hpp"

namespace vigie::preview {
namespace {

/// The box of an AVIF's properties lies in it: before the pictures, behind a profile at most.
constexpr std::int64_t kHeadBytes = std::int64_t{1} << 20;
constexpr std::int64_t kChunkBytes = std::int64_t{1} << 16;

struct Ending {
  std::string_view begin;
  std::string_view end;
};

constexpr auto kEndings = std::to_array<Ending>({
    {"\xff\xd8\xff", "\xff\xd9"},
    {"\x89PNG\r\n\x1a\n", {"\0\0\0\0IEND\xae\x42\x60\x82", 12}},
});

gint64 on_read(VipsSourceCustom* /*source*/, void* buffer, gint64 length, void* input) {
  return static_cast<MendedInput*>(input)->read(static_cast<char*>(buffer), length);
}

gint64 on_seek(VipsSourceCustom* /*source*/, gint64 offset, int whence, void* input) {
  return static_cast<MendedInput*>(input)->seek(offset, whence);
}

}  // namespace

MendedInput::MendedInput(int descriptor)
    : descriptor_(descriptor), bytes_(::lseek(descriptor, 0, SEEK_END)) {
  while (std::ssize(head_) < kHeadBytes && read_more()) {
  }
  // libheif seeks to and fro, and ends the process where it cannot.
  if (bytes_ < 0 && is_avif()) {
    while (read_more()) {
    }
    bytes_ = std::ssize(head_);
    is_in_memory_ = true;
  }
  mend();
}

bool MendedInput::is_avif() const {
  constexpr std::size_t kBoxSizeBytes = 4;
  return head_.size() > kBoxSizeBytes &&
         std::string_view(head_).substr(kBoxSizeBytes).starts_with("ftyp");
}

bool MendedInput::read_more() {
  const std::int64_t filled = std::ssize(head_);
  head_.resize(head_.size() + kChunkBytes);
  const std::int64_t count = read_descriptor(head_.data() + filled, kChunkBytes, filled);
  head_.resize(static_cast<std::size_t>(filled + std::max<std::int64_t>(count, 0)));
  return count > 0;
}

void MendedInput::mend() {
  for (const Ending& ending : kEndings) {
    if (head_.starts_with(ending.begin) && !ends_with(ending.end)) tail_ = ending.end;
  }
  const std::string before = head_;
  if (is_avif()) put_descriptions_first(head_);
  is_mended_ = !tail_.empty() || head_ != before;
}

bool MendedInput::ends_with(std::string_view end) const {
  const std::int64_t begin = bytes_ - std::ssize(end);
  std::array<char, 16> last{};
  return begin >= 0 && read_descriptor(last.data(), std::ssize(end), begin) == std::ssize(end) &&
         std::string_view(last.data(), end.size()) == end;
}

/// `place` counts only where it can be sought.
std::int64_t MendedInput::read_descriptor(char* buffer, std::int64_t length,
                                          std::int64_t place) const {
  for (;;) {
    const auto size = static_cast<std::size_t>(length);
    const ssize_t count =
        bytes_ < 0 ? ::read(descriptor_, buffer, size) : ::pread(descriptor_, buffer, size, place);
    if (count >= 0 || errno != EINTR) return count;
  }
}

std::int64_t MendedInput::read(char* buffer, std::int64_t length) {
  const auto copy = [&](std::string_view from, std::int64_t place) {
    const std::string_view rest = from.substr(static_cast<std::size_t>(place));
    return static_cast<std::int64_t>(rest.copy(buffer, static_cast<std::size_t>(length)));
  };
  std::int64_t count = 0;
  if (place_ < std::ssize(head_)) {
    count = copy(head_, place_);
  } else {
    const bool is_behind = bytes_ >= 0 && place_ >= bytes_;
    count = is_behind ? 0 : read_descriptor(buffer, length, place_);
  }
  if (count == 0) {
    count = copy(tail_, bytes_ < 0 ? tail_place_ : std::max<std::int64_t>(place_ - bytes_, 0));
    tail_place_ += count;
  }
  place_ += std::max<std::int64_t>(count, 0);
  return count;
}

std::int64_t MendedInput::seek(std::int64_t offset, int whence) {
  if (bytes_ < 0) return -1;
  const std::int64_t end = bytes_ + std::ssize(tail_);
  const std::int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? place_ : end;
  if (base + offset < 0 || base + offset > end) return -1;
  place_ = base + offset;
  return place_;
}

VipsSource* MendedInput::new_source() {
  if (head_.empty()) return nullptr;
  // Where nothing is mended libvips may map the file.
  if (bytes_ >= 0 && !is_mended_ && !is_in_memory_) {
    ::lseek(descriptor_, 0, SEEK_SET);
    return vips_source_new_from_descriptor(descriptor_);
  }
  VipsSourceCustom* const source = vips_source_custom_new();
  if (source == nullptr) return nullptr;
  g_signal_connect(source, "read", G_CALLBACK(&on_read), this);
  g_signal_connect(source, "seek", G_CALLBACK(&on_seek), this);
  return VIPS_SOURCE(source);
}

}  // namespace vigie::preview
