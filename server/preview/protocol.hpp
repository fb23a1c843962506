#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What vigie and vigie-preview have agreed on. The image is standard input. Standard output is a
/// row of frames, each "<name> <bytes>\n" and so many bytes: "facts", a JSON object with the
/// members of ImageFacts; each preview under its name; "end", empty, without which nothing before
/// it counts. Standard error is for people.
namespace vigie::preview {

struct PreviewSize {
  std::string_view name;  // a literal
  /// Of the longer side. An image that is smaller keeps its size.
  int pixels_max;
};

inline constexpr auto kPreviewSizes = std::to_array<PreviewSize>({
    {"small", 256},
    {"medium", 1024},
    {"large", 2048},
});

/// Every preview that an image has: its name in the store and in URLs.
inline constexpr auto kPreviewNames = std::to_array<std::string_view>({
    "small.webp",
    "small.jpeg",
    "medium.webp",
    "medium.jpeg",
    "large.webp",
    "large.jpeg",
});

inline constexpr std::string_view kFactsFrame = "facts";
inline constexpr std::string_view kEndFrame = "end";

/// Pixels of an image that is decoded at all, over all of its pages; asked of the header. A JPEG is
/// shrunk while it is decoded; of the other formats each pixel is, which costs seconds.
inline constexpr std::int64_t kJpegPixelsMax = 300'000'000;
inline constexpr std::int64_t kPixelsMax = 100'000'000;
/// Of all that the program writes.
inline constexpr std::size_t kOutputBytesMax = std::size_t{32} * 1024 * 1024;

/// Exit codes; any other one, and a signal, is a crash.
enum class ExitCode : int {
  kDone = 0,
  kRefused = 65,      // what came is no image that may be decoded, or is damaged
  kOutOfMemory = 66,  // it needs more than is allowed
  kNotConfined = 71,  // a limit could not be set: nothing was read
  kWrongUsage = 64,
};

}  // namespace vigie::preview
