#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::preview::testing {

/// The bytes of a file; empty when it cannot be read.
std::string content_of(const std::string& path);

/// Real photographs of Debian's mate-backgrounds, taken with a Canon, a Konica Minolta and a Sony;
/// empty where the package is not installed (docs/media-samples.md).
std::vector<std::string> photographs();

/// What image_tool makes; see there.
std::string made(const std::string& kind);
/// What image_tool says of an image: "name value" lines. Empty when it cannot be decoded.
std::string described(std::string_view image);
/// `image` with tags set by exiftool, such as "-Orientation#=6"; empty without exiftool.
std::string with_tags(std::string_view image, const std::vector<std::string>& tags);
/// What exiftool finds besides the facts of the file and of its format, a "Group:Tag" a line.
std::string metadata_of(std::string_view image);

/// A PNG whose header says `width` times `height` gray pixels and whose content has them, all
/// black: a few bytes a megapixel. Interlaced, it cannot be decoded row by row.
std::string black_png(std::uint32_t width, std::uint32_t height, bool is_interlaced = false);
/// A PNG of which there is no more than its header.
std::string png_header(std::uint32_t width, std::uint32_t height);
/// An animation of so many frames, each of one pixel, on a canvas of that size.
std::string gif(std::uint16_t width, std::uint16_t height, std::size_t frames);

/// `image` with some bytes flipped, removed, doubled, or cut off: always the same for one seed.
std::string mutated(std::string_view image, std::uint32_t seed);

}  // namespace vigie::preview::testing
