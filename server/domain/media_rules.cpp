#include "server/domain/media_rules.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "server/domain/field_faults.hpp"
#include "server/domain/media_type.hpp"

namespace vigie::domain {
namespace {

// What a name ends with must be what it seems to end with.
constexpr TextRule kFileNameRule{.characters_max = MediaLimits::kFileNameCharactersMax,
                                 .may_turn = false};
constexpr std::uint64_t kPartBytesUsual = std::uint64_t{16} << 20;

constexpr std::uint64_t divided_up(std::uint64_t a, std::uint64_t b) { return (a + b - 1) / b; }

void check_part_bytes(FieldFaults& faults, const NewMedia& media, const MediaLimits& limits) {
  if (media.part_bytes == 0) return;
  faults.check_range("/part_bytes", media.part_bytes,
                     static_cast<std::int64_t>(limits.part_bytes_min),
                     static_cast<std::int64_t>(limits.part_bytes_max));
  const bool is_countable = media.part_bytes > 0 && media.bytes > 0;
  if (is_countable &&
      divided_up(static_cast<std::uint64_t>(media.bytes),
                 static_cast<std::uint64_t>(media.part_bytes)) > MediaLimits::kPartsMax) {
    faults.add("/part_bytes", "must not cut the content into more than " +
                                  std::to_string(MediaLimits::kPartsMax) + " parts");
  }
}

/// It is shown as it was said, parameters and all: one line of what a header may hold.
void check_type(FieldFaults& faults, std::string_view type) {
  const bool is_plain = std::all_of(type.begin(), type.end(),
                                    [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
  if (type.size() > MediaLimits::kTypeBytesMax) {
    faults.add("/type",
               "must have at most " + std::to_string(MediaLimits::kTypeBytesMax) + " characters");
  } else if (!is_plain) {
    faults.add("/type", "must be of visible ASCII characters and blanks");
  } else if (declared_media_type(type) == nullptr) {
    faults.add("/type", "must be one of the accepted types, with parameters or without: " +
                            accepted_type_names());
  }
}

}  // namespace

std::vector<FieldFault> faults_of(const NewMedia& media, const MediaLimits& limits) {
  FieldFaults faults;
  faults.check_text("/file_name", media.file_name, kFileNameRule);
  check_type(faults, media.type);
  faults.check_range("/bytes", media.bytes, 1, static_cast<std::int64_t>(limits.bytes_max));
  check_part_bytes(faults, media, limits);
  return std::move(faults).take();
}

std::vector<FieldFault> faults_of(const MediaQuery& query) {
  FieldFaults faults;
  faults.check_range("?limit", query.limit, 1, MediaQuery::kLimitMax);
  return std::move(faults).take();
}

std::uint64_t part_bytes_for(std::uint64_t bytes, const MediaLimits& limits) {
  if (bytes <= limits.part_bytes_max) return std::max(bytes, std::uint64_t{1});
  const std::uint64_t least = divided_up(bytes, MediaLimits::kPartsMax);
  // Not std::clamp: whoever sets the bounds may have crossed them.
  return std::min(std::max({least, kPartBytesUsual, limits.part_bytes_min}), limits.part_bytes_max);
}

}  // namespace vigie::domain
