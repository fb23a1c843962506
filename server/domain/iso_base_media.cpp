#include "server/domain/iso_base_media.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "server/domain/big_endian.hpp"

namespace vigie::domain {
namespace {

constexpr std::size_t kCodeBytes = 4;
/// Boxes before the one that says what the file is: more of them than any writer makes.
constexpr int kBoxesMax = 64;

struct Box {
  std::string_view type;
  std::uint64_t bytes = 0;  // with its header
  std::string_view body;    // as far as the head has it
};

/// The box that begins `head` (14496-12, 4.2): a length of 32 bits, which is 1 when one of 64 bits
/// follows, and 0 when the box is the last.
std::optional<Box> first_box(std::string_view head) noexcept {
  std::size_t header_bytes = 2 * kCodeBytes;
  if (head.size() < header_bytes) return std::nullopt;
  Box box{.type = head.substr(kCodeBytes, kCodeBytes), .bytes = big_endian(head.substr(0, 4))};
  if (box.bytes == 1) {
    if (head.size() < 2 * header_bytes) return std::nullopt;
    box.bytes = big_endian(head.substr(header_bytes, 8));
    header_bytes *= 2;
  } else if (box.bytes == 0) {
    box.bytes = std::max(head.size(), header_bytes);
  }
  if (box.bytes < header_bytes) return std::nullopt;
  const auto end = static_cast<std::size_t>(std::min<std::uint64_t>(box.bytes, head.size()));
  box.body = head.substr(header_bytes, end - header_bytes);
  return box;
}

template <std::size_t kCount>
bool is_one_of(const std::array<std::string_view, kCount>& codes, std::string_view code) noexcept {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

/// Free space, and what only a program's own reader knows.
constexpr auto kSilentBoxes = std::to_array<std::string_view>({"free", "skip", "wide", "uuid"});
/// QuickTime before it had a file-type box.
constexpr auto kMovieBoxes = std::to_array<std::string_view>({"moov", "mdat", "pnot"});

struct BrandType {
  std::string_view brand;
  std::string_view type;
};

/// What a brand says wherever it stands (AV1 Image File Format, 9.1.1 and 9.2).
constexpr auto kAvifBrands = std::to_array<std::string_view>({"avif", "avis"});
/// ISO/IEC 23008-12, annexes B and H.
constexpr auto kImageBrands = std::to_array<BrandType>({{"heic", "image/heic"},
                                                        {"heix", "image/heic"},
                                                        {"heim", "image/heic"},
                                                        {"heis", "image/heic"},
                                                        {"hevc", "image/heic-sequence"},
                                                        {"hevx", "image/heic-sequence"},
                                                        {"mif1", "image/heif"},
                                                        {"mif2", "image/heif"},
                                                        {"msf1", "image/heif-sequence"},
                                                        {"avci", "image/avci"},
                                                        {"avcs", "image/avcs"},
                                                        {"jxl ", "image/jxl"},
                                                        {"jp2 ", "image/jp2"},
                                                        {"crx ", "image/x-canon-cr3"}});
/// MP4 (14496-14 and -15), and the profiles that are MP4: of Apple, of DASH, of CMAF, of cameras.
constexpr auto kMovieBrands = std::to_array<std::string_view>(
    {"M4A ", "M4B ", "M4P ", "M4V ", "M4VH", "M4VP", "F4V ", "F4A ", "F4B ", "F4P ", "f4v ",
     "mmp4", "MSNV", "NDSC", "NDSH", "NDSM", "avc1", "avc3", "hvc1", "hev1", "av01", "dash",
     "dsms", "msdh", "msix", "cmfc", "cmf2", "cmff", "cmfl", "XAVC", "dby1"});

std::string_view image_type(std::string_view brand) noexcept {
  const auto* const found = std::find_if(kImageBrands.begin(), kImageBrands.end(),
                                         [&](const auto& entry) { return entry.brand == brand; });
  return found == kImageBrands.end() ? std::string_view{} : found->type;
}

bool is_movie(std::string_view brand) noexcept {
  // "mp41", "mp42" and what may come (MIME Sniffing, 6.2.1); "isom", "iso2" and their successors.
  return brand.starts_with("mp4") || brand.starts_with("iso") || is_one_of(kMovieBrands, brand);
}

/// The brands of a file-type box (14496-12, 4.3): the major one, its version, the compatible ones.
class Brands {
 public:
  explicit Brands(std::string_view body) noexcept : body_(body) {}

  std::string_view major() const noexcept { return body_.substr(0, kCodeBytes); }
  template <typename Claim>
  std::string_view first(Claim is_it) const noexcept {
    for (std::size_t at = 0; at + kCodeBytes <= body_.size(); at += kCodeBytes) {
      const bool is_version = at == kCodeBytes;
      const std::string_view brand = body_.substr(at, kCodeBytes);
      if (!is_version && is_it(brand)) return brand;
    }
    return {};
  }

 private:
  std::string_view body_;
};

/// A picture may conform to a specification of films too, by what it shares with them: then the
/// major brand decides, unless AVIF is among them, which no film names.
std::string_view type_of(const Brands& brands) noexcept {
  const auto is_avif = [](auto brand) { return is_one_of(kAvifBrands, brand); };
  if (!brands.first(is_avif).empty()) return "image/avif";
  if (const auto type = image_type(brands.major()); !type.empty()) return type;
  if (!brands.first(is_movie).empty()) return "video/mp4";
  const auto picture = brands.first([](auto brand) { return !image_type(brand).empty(); });
  if (!picture.empty()) return image_type(picture);
  if (brands.major() == "qt  ") return "video/quicktime";
  if (brands.major().starts_with("3gp")) return "video/3gpp";
  return brands.major().starts_with("3g2") ? "video/3gpp2" : std::string_view{};
}

}  // namespace

std::string_view iso_base_media_type(std::string_view head) noexcept {
  for (int count = 0; count < kBoxesMax; ++count) {
    const auto box = first_box(head);
    if (!box) return {};
    if (box->type == "ftyp") {
      const bool is_whole = box->bytes % kCodeBytes == 0 || box->bytes > head.size();
      return is_whole ? type_of(Brands(box->body)) : std::string_view{};
    }
    if (is_one_of(kMovieBoxes, box->type)) return "video/quicktime";
    if (!is_one_of(kSilentBoxes, box->type) || box->bytes >= head.size()) return {};
    head.remove_prefix(static_cast<std::size_t>(box->bytes));
  }
  return {};
}

}  // namespace vigie::domain
