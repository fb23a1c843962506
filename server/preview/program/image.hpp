#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server/preview/program/mended_input.hpp"
#include "server/preview/protocol.hpp"

// libvips has named it.
using VipsImage = struct _VipsImage;  // NOLINT(bugprone-reserved-identifier)

namespace vigie::preview {

/// Why there will be no previews; the program ends with `code`.
struct Refusal : std::runtime_error {
  Refusal(ExitCode why, const std::string& what) : std::runtime_error(what), code(why) {}
  ExitCode code;
};

struct Unref {
  void operator()(void* object) const noexcept;
};

/// Throws what libvips says of its last failure.
[[noreturn]] void refuse();

/// Starts libvips with the loaders of JPEG, PNG, WebP, GIF and AVIF alone. Opens files.
void start_library(const char* program);

/// An image on a descriptor. The header is read when it is made, and it is refused there when it
/// has too many pixels; pixels are decoded by `shrink`. All throw Refusal.
class SourceImage {
 public:
  explicit SourceImage(int descriptor);

  /// The frame of facts: a JSON object.
  std::string facts() const;
  /// Decodes it, once: upright, in sRGB, without metadata, at most `pixels_max` on its longer side.
  std::unique_ptr<VipsImage, Unref> shrink(int pixels_max);

 private:
  MendedInput input_;
  std::unique_ptr<VipsSource, Unref> source_;
  std::unique_ptr<VipsImage, Unref> header_;
};

/// Shrinks an image in memory that is in sRGB and upright.
std::unique_ptr<VipsImage, Unref> shrink(VipsImage* image, int pixels_max);
/// Encodes it; `name` ends in ".webp" or ".jpeg". JPEG has no transparency: it becomes white.
std::string encode(VipsImage* image, std::string_view name);

}  // namespace vigie::preview
