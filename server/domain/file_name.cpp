#include "server/domain/file_name.hpp"

#include <algorithm>
#include <array>

#include "server/domain/media.hpp"

namespace vigie::domain {
namespace {

/// "Naming Files, Paths, and Namespaces" (Microsoft): also with an ending, and in any case.
constexpr auto kDevices =
    std::to_array<std::string_view>({"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"});
constexpr auto kNumberedDevices = std::to_array<std::string_view>({"com", "lpt"});
/// The digits that Windows takes for 1, 2 and 3 too.
constexpr auto kSuperscripts =
    std::to_array<std::string_view>({"\xc2\xb9", "\xc2\xb2", "\xc2\xb3"});

/// How names of a type's files end, the usual ending first.
struct Endings {
  std::string_view type;
  std::array<std::string_view, 7> names;
};

// clang-format off
constexpr auto kEndings = std::to_array<Endings>({
    {"image/jpeg", {"jpg", "jpeg", "jpe", "jfif", "jif", "pjpeg", "pjp"}},
    {"image/png", {"png", "apng"}},
    {"image/webp", {"webp"}},
    {"image/gif", {"gif"}},
    {"image/avif", {"avif", "avifs"}},
    {"audio/mpeg", {"mp3", "mp2", "mp1", "mpga", "mpa"}},
    {"audio/ogg", {"ogg", "oga", "opus", "spx"}},
    {"audio/flac", {"flac"}},
    {"audio/wav", {"wav", "wave", "bwf", "rf64"}},
    {"video/mp4", {"mp4", "m4v", "m4a", "m4b", "m4p", "f4v", "mp4v"}},
    {"video/webm", {"webm", "weba"}},
    {"application/pdf", {"pdf"}},
});
// clang-format on

/// Each accepted type has its line, in the order of kMediaTypes.
constexpr bool are_in_order() {
  for (std::size_t at = 0; at < kMediaTypes.size(); ++at) {
    if (kEndings[at].type != kMediaTypes[at].name) return false;
  }
  return kEndings.size() == kMediaTypes.size();
}
static_assert(are_in_order());

const std::array<std::string_view, 7>& endings_of(const MediaType& type) noexcept {
  return kEndings[static_cast<std::size_t>(&type - kMediaTypes.data())].names;
}

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

std::string lowered(std::string_view text) {
  std::string copy(text);
  std::transform(copy.begin(), copy.end(), copy.begin(), lower);
  return copy;
}

template <std::size_t kCount>
bool is_one_of(const std::array<std::string_view, kCount>& names, std::string_view name) noexcept {
  return !name.empty() && std::find(names.begin(), names.end(), name) != names.end();
}

std::string_view without_end(std::string_view name) noexcept {
  return name.substr(0, name.find_last_not_of(". \t") + 1);
}

bool is_device(std::string_view name) {
  const std::string stem = lowered(without_end(name.substr(0, name.find('.'))));
  if (is_one_of(kDevices, stem)) return true;
  if (stem.size() < 4) return false;
  const std::string_view number = std::string_view(stem).substr(3);
  const bool is_digit = number.size() == 1 && number >= "0" && number <= "9";
  return is_one_of(kNumberedDevices, std::string_view(stem).substr(0, 3)) &&
         (is_digit || is_one_of(kSuperscripts, number));
}

bool ends_as(std::string_view name, const MediaType& type) {
  const std::size_t dot = name.rfind('.');
  return dot != std::string_view::npos &&
         is_one_of(endings_of(type), lowered(name.substr(dot + 1)));
}

/// The first so many code points.
std::string_view first_characters(std::string_view text, std::size_t count) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool begins_character = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins_character && count-- == 0) return text.substr(0, at);
  }
  return text;
}

}  // namespace

std::string file_name_of_type(std::string_view name, const MediaType& type) {
  std::string kept(without_end(name));
  if (kept.empty()) kept = "_";
  if (is_device(kept)) kept.front() = '_';
  if (ends_as(kept, type)) return kept;
  const std::string ending = '.' + std::string(endings_of(type).front());
  const std::size_t most = MediaLimits::kFileNameCharactersMax - ending.size();
  return std::string(first_characters(kept, most)) + ending;
}

}  // namespace vigie::domain
