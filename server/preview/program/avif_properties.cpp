#include "server/preview/program/avif_properties.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vigie::preview {
namespace {

constexpr auto kTransformations = std::to_array<std::string_view>({"clap", "irot", "imir"});

/// Bytes of a file that are read once, in order. What is beyond the end reads as none.
class Bytes {
 public:
  Bytes(std::string_view bytes, std::size_t begin, std::size_t end)
      : bytes_(bytes), place_(begin), end_(std::min(end, bytes.size())) {}

  std::size_t place() const { return place_; }
  bool has(std::size_t count) const { return count <= end_ - place_; }

  /// Big-endian.
  std::optional<std::uint64_t> number(std::size_t count) {
    if (!has(count)) return std::nullopt;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value = value << 8 | static_cast<unsigned char>(bytes_[place_ + i]);
    }
    place_ += count;
    return value;
  }
  std::string_view text(std::size_t count) {
    const std::string_view found = bytes_.substr(place_, has(count) ? count : 0);
    place_ += found.size();
    return found;
  }

 private:
  std::string_view bytes_;
  std::size_t place_;
  std::size_t end_;
};

/// Where a box's content lies (ISO/IEC 14496-12, 4.2).
struct Box {
  std::string_view type;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The boxes from `begin` to `end`; the last one may be cut off by the end of the head.
std::vector<Box> boxes_in(std::string_view head, std::size_t begin, std::size_t end) {
  std::vector<Box> boxes;
  end = std::min(end, head.size());
  while (begin < end) {
    Bytes bytes(head, begin, end);
    auto size = bytes.number(4);
    const std::string_view type = bytes.text(4);
    if (size == 1) size = bytes.number(8);
    if (size == 0) size = end - begin;
    if (!size || type.size() != 4 || *size < bytes.place() - begin) break;
    const std::size_t length =
        static_cast<std::size_t>(std::min<std::uint64_t>(*size, end - begin));
    boxes.push_back({.type = type, .begin = bytes.place(), .end = begin + length});
    begin += length;
  }
  return boxes;
}

const Box* find_box(const std::vector<Box>& boxes, std::string_view type) {
  const auto found =
      std::find_if(boxes.begin(), boxes.end(), [type](const Box& box) { return box.type == type; });
  return found == boxes.end() ? nullptr : &*found;
}

/// One item's properties: numbers of one or two bytes, whose first bit says "essential" and whose
/// others count the boxes of `ipco` from 1.
void sort_associations(std::string& head, std::size_t begin, std::size_t count, std::size_t width,
                       const std::vector<Box>& properties) {
  const auto is_description = [&](const std::string& association) {
    std::size_t index = static_cast<unsigned char>(association[0]) & 0x7fU;
    if (width == 2) index = index << 8 | static_cast<unsigned char>(association[1]);
    return index == 0 || index > properties.size() ||
           std::ranges::find(kTransformations, properties[index - 1].type) ==
               kTransformations.end();
  };
  std::vector<std::string> associations;
  for (std::size_t i = 0; i < count; ++i) {
    associations.push_back(head.substr(begin + i * width, width));
  }
  std::stable_partition(associations.begin(), associations.end(), is_description);
  for (std::size_t i = 0; i < count; ++i) {
    head.replace(begin + i * width, width, associations[i]);
  }
}

/// `ipma` (ISO/IEC 23008-12, 9.3.1).
void sort_items(std::string& head, const Box& ipma, const std::vector<Box>& properties) {
  Bytes bytes(head, ipma.begin, ipma.end);
  const auto version = bytes.number(1);
  const auto flags = bytes.number(3);
  const auto items = bytes.number(4);
  if (!version || !flags || !items) return;
  const std::size_t width = (*flags & 1) != 0 ? 2 : 1;
  for (std::uint64_t i = 0; i < *items; ++i) {
    const auto item = bytes.number(*version < 1 ? 2 : 4);
    const auto count = bytes.number(1);
    if (!item || !count || !bytes.has(*count * width)) return;
    sort_associations(head, bytes.place(), *count, width, properties);
    bytes.text(*count * width);
  }
}

}  // namespace

void put_descriptions_first(std::string& head) {
  constexpr std::size_t kFullBoxBytes = 4;  // version, flags
  const auto top = boxes_in(head, 0, head.size());
  const Box* const meta = find_box(top, "meta");
  if (meta == nullptr) return;
  const auto in_meta = boxes_in(head, meta->begin + kFullBoxBytes, meta->end);
  const Box* const iprp = find_box(in_meta, "iprp");
  if (iprp == nullptr) return;
  const auto in_iprp = boxes_in(head, iprp->begin, iprp->end);
  const Box* const ipco = find_box(in_iprp, "ipco");
  if (ipco == nullptr) return;
  const auto properties = boxes_in(head, ipco->begin, ipco->end);
  for (const Box& box : in_iprp) {
    if (box.type == "ipma") sort_items(head, box, properties);
  }
}

}  // namespace vigie::preview
