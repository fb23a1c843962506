#include "server/domain/text.hpp"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/utf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>

namespace vigie::domain {
namespace {

constexpr int kMarksMax = 30;

struct Decoded {
  UChar32 code_point = 0;
  std::size_t length = 0;  // 0: malformed
};

unsigned char byte_at(std::string_view text, std::size_t index) noexcept {
  return static_cast<unsigned char>(text[index]);
}

/// How many bytes the first byte announces; 0 for one that cannot begin a character.
std::size_t length_by(unsigned char first) noexcept {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

Decoded decode(std::string_view text, std::size_t at) noexcept {
  static constexpr std::array<UChar32, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char first = byte_at(text, at);
  const std::size_t length = length_by(first);
  if (length == 1) return {first, 1};
  if (length == 0 || at + length > text.size()) return {};
  UChar32 code_point = static_cast<UChar32>(first & (0x7fU >> length));
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned char next = byte_at(text, at + i);
    if ((next & 0xc0U) != 0x80U) return {};
    code_point = (code_point << 6) | static_cast<UChar32>(next & 0x3fU);
  }
  const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < kLeast[length] || code_point > 0x10ffff || is_surrogate) return {};
  return {code_point, length};
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

bool is_line_layout(UChar32 c) noexcept {
  return c == '\t' || c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

bool ends_paragraph(UChar32 c) noexcept { return c == '\n' || c == '\r' || c == 0x2029; }

bool is_control(UChar32 c) noexcept { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

/// Signs by their category, whose picture is a blank by their name or in every font.
bool is_empty_sign(UChar32 c) noexcept {
  constexpr UChar32 kBraillePatternBlank = 0x2800;
  constexpr UChar32 kMusicalSymbolNullNotehead = 0x1d159;
  return c == kBraillePatternBlank || c == kMusicalSymbolNullNotehead;
}

bool is_invisible(UChar32 c) noexcept {
  if (u_hasBinaryProperty(c, UCHAR_WHITE_SPACE) != 0) return true;
  if (u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0) return true;
  // Some formats are signs in front of a number.
  const bool is_format = u_charType(c) == U_FORMAT_CHAR &&
                         u_hasBinaryProperty(c, UCHAR_PREPENDED_CONCATENATION_MARK) == 0;
  return is_format || is_control(c) || is_empty_sign(c);
}

/// Follows the controls of direction through a text: what they open has to be closed, the last
/// first, before its paragraph ends (UAX 9, 2.1–2.5).
class Directions {
 public:
  void see(UChar32 c) noexcept {
    if (ends_paragraph(c)) return end();
    const bool is_embedding = c >= 0x202a && c <= 0x202e;
    const bool is_isolate = c >= 0x2066 && c <= 0x2069;
    if (!is_embedding && !is_isolate) return;
    has_any_ = true;
    if (c == kPopEmbedding || c == kPopIsolate) return close(c == kPopIsolate);
    if (depth_ == kDepthMax) {
      is_open_ = true;
      return;
    }
    isolates_ = isolates_ << 1 | (is_isolate ? 1U : 0U);
    ++depth_;
  }
  /// Of a paragraph, or of the text.
  void end() noexcept {
    is_open_ |= depth_ != 0;
    depth_ = 0;
  }
  bool has_any() const noexcept { return has_any_; }
  bool is_open() const noexcept { return is_open_; }

 private:
  static constexpr UChar32 kPopEmbedding = 0x202c;
  static constexpr UChar32 kPopIsolate = 0x2069;
  static constexpr int kDepthMax = 64;

  void close(bool is_isolate) noexcept {
    const bool fits = depth_ > 0 && ((isolates_ & 1U) != 0) == is_isolate;
    if (!fits) {
      is_open_ = true;
      return;
    }
    isolates_ >>= 1;
    --depth_;
  }

  std::uint64_t isolates_ = 0;  // of what is open, the last in the lowest bit
  int depth_ = 0;
  bool has_any_ = false;
  bool is_open_ = false;
};

/// Gathers the facts character by character.
class Gatherer {
 public:
  void see(UChar32 c) noexcept {
    ++facts_.code_points;
    const bool lays_out = is_line_layout(c);
    facts_.has_line_layout |= lays_out;
    facts_.has_control |= !lays_out && is_control(c);
    if (facts_.is_blank) facts_.is_blank = is_invisible(c);
    if (c < 0x80) {
      marks_ = 0;
      if (lays_out) directions_.see(c);
      return;
    }
    directions_.see(c);
    facts_.has_noncharacter |= U_IS_UNICODE_NONCHAR(c);
    marks_ = u_getCombiningClass(c) == 0 ? 0 : marks_ + 1;
    facts_.has_piled_marks |= marks_ > kMarksMax;
  }
  TextFacts take() noexcept {
    directions_.end();
    facts_.has_direction_control = directions_.has_any();
    facts_.has_open_direction = directions_.is_open();
    return facts_;
  }

 private:
  TextFacts facts_;
  Directions directions_;
  int marks_ = 0;  // in a row
};

}  // namespace

std::optional<TextFacts> facts_of(std::string_view text) noexcept {
  Gatherer gatherer;
  for (std::size_t at = 0; at < text.size();) {
    const auto [code_point, length] = decode(text, at);
    if (length == 0) return std::nullopt;
    gatherer.see(code_point);
    at += length;
  }
  return gatherer.take();
}

std::string normalised(std::string text) {
  if (is_ascii(text)) return text;
  const auto facts = facts_of(text);
  if (!facts || facts->has_piled_marks) return text;
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const nfc = icu::Normalizer2::getNFCInstance(error);
  if (U_FAILURE(error)) throw std::runtime_error("ICU has no data for NFC");
  std::string composed;
  icu::StringByteSink<std::string> sink(&composed, static_cast<std::int32_t>(text.size()));
  nfc->normalizeUTF8(0, text, sink, nullptr, error);
  if (U_FAILURE(error)) throw std::runtime_error("ICU cannot normalise a text");
  return composed;
}

}  // namespace vigie::domain
