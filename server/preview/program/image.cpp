#include "server/preview/program/image.hpp"

#include <gmodule.h>
#include <vips/vips.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <utility>

#include "server/preview/program/colours.hpp"
#include "server/preview/program/webp_chunks.hpp"

namespace vigie::preview {
namespace {

using Image = std::unique_ptr<VipsImage, Unref>;

struct Loader {
  const char* type;      // of libvips
  const char* nickname;  // begins with this
  const char* format;
};

constexpr auto kLoaders = std::to_array<Loader>({
    {"VipsForeignLoadJpeg", "jpegload", "jpeg"},
    {"VipsForeignLoadPng", "pngload", "png"},
    {"VipsForeignLoadWebp", "webpload", "webp"},
    {"VipsForeignLoadNsgif", "gifload", "gif"},
    {"VipsForeignLoadHeif", "heifload", "avif"},
});

/// What libvips and the libraries below it say when an allocation or a thread was refused.
constexpr auto kOutOfMemory = std::to_array<const char*>({
    "out of memory",
    "Out of memory",
    "nsufficient memory",
    "unable to create thread",
    "memory allocation",
    "NOMEM",
});

bool is_about_memory(const char* text) {
  return std::any_of(kOutOfMemory.begin(), kOutOfMemory.end(),
                     [text](const char* part) { return std::strstr(text, part) != nullptr; });
}

/// GLib ends the process when it cannot allocate; this says why it ends.
void told(const char* /*domain*/, GLogLevelFlags level, const char* text, void* /*data*/) {
  const bool is_fatal = (level & (G_LOG_FLAG_FATAL | G_LOG_LEVEL_ERROR)) != 0;
  if (is_fatal && std::strstr(text, "failed to allocate") != nullptr) {
    std::_Exit(static_cast<int>(ExitCode::kOutOfMemory));
  }
  if (is_fatal) std::fprintf(stderr, "%s\n", text);
}

const char* format_of(VipsImage* image) {
  const char* loader = "";
  if (vips_image_get_typeof(image, VIPS_META_LOADER) != 0) {
    vips_image_get_string(image, VIPS_META_LOADER, &loader);
  }
  const auto found = std::find_if(kLoaders.begin(), kLoaders.end(), [&](const Loader& each) {
    return std::string_view(loader).starts_with(each.nickname);
  });
  if (found == kLoaders.end()) {
    throw Refusal(ExitCode::kRefused, std::string("loader not allowed: ") + loader);
  }
  return found->format;
}

void check_size(VipsImage* image) {
  const bool is_jpeg = std::string_view(format_of(image)) == "jpeg";
  const std::int64_t pixels = std::int64_t{vips_image_get_width(image)} *
                              vips_image_get_height(image) *
                              std::max(1, vips_image_get_n_pages(image));
  if (pixels > (is_jpeg ? kJpegPixelsMax : kPixelsMax)) {
    throw Refusal(ExitCode::kRefused, "too many pixels: " + std::to_string(pixels));
  }
}

/// Of what a decoder made, 8 bits a band in the colours of the image itself: gray, RGB or inks.
Image in_bytes(Image image) {
  VipsImage* out = nullptr;
  const VipsInterpretation current = vips_image_get_interpretation(image.get());
  const bool is_inks = current == VIPS_INTERPRETATION_CMYK;
  const bool is_gray = vips_image_get_bands(image.get()) < 3;
  const auto wanted = is_gray ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  if (!is_inks && current != wanted) {
    if (vips_colourspace(image.get(), &out, wanted, nullptr) != 0) refuse();
    image.reset(std::exchange(out, nullptr));
  }
  if (vips_cast_uchar(image.get(), &out, nullptr) != 0) refuse();
  return Image(out);
}

/// All that is not pixels.
void remove_metadata(VipsImage* image) {
  char** const fields = vips_image_get_fields(image);
  for (char** field = fields; *field != nullptr; ++field) {
    vips_image_remove(image, *field);  // the header's own fields stay
  }
  g_strfreev(fields);
}

/// Computes the pixels, and forgets whatever is none.
Image in_memory(const Image& image) {
  VipsImage* const pixels = vips_image_copy_memory(image.get());
  if (pixels == nullptr) refuse();
  return Image(pixels);
}

Image upright(const Image& image) {
  VipsImage* out = nullptr;
  if (vips_autorot(image.get(), &out, nullptr) != 0) refuse();
  return Image(out);
}

/// By how much an image must be shrunk to have no side above `pixels_max`; 1 when it has none.
double shrink_factor(int width, int height, int pixels_max) {
  return std::max(1.0, static_cast<double>(std::max(width, height)) / pixels_max);
}

struct Size {
  int width;
  int height;
};

Size shrunk(VipsImage* image, int pixels_max) {
  const int width = vips_image_get_width(image);
  const int height = vips_image_get_height(image);
  const double factor = shrink_factor(width, height, pixels_max);
  const auto side = [factor](int pixels) {
    return std::max(1, static_cast<int>(std::lround(pixels / factor)));
  };
  return {.width = side(width), .height = side(height)};
}

Image with_opacity(Image image, int (*change)(VipsImage*, VipsImage**, ...)) {
  VipsImage* out = nullptr;
  if (change(image.get(), &out, nullptr) != 0) refuse();
  const Image exact(out);
  VipsImage* rounded = nullptr;
  if (vips_rint(exact.get(), &out, nullptr) != 0) refuse();
  const Image whole(out);
  if (vips_cast_uchar(whole.get(), &rounded, nullptr) != 0) refuse();
  return Image(rounded);
}

/// Pixels that are seen through count less.
Image resized(Image image, const Size& size) {
  const int width = vips_image_get_width(image.get());
  const int height = vips_image_get_height(image.get());
  if (size.width == width && size.height == height) return image;
  const bool has_alpha = vips_image_hasalpha(image.get()) != 0;
  if (has_alpha) image = with_opacity(std::move(image), &vips_premultiply);
  VipsImage* out = nullptr;
  if (vips_resize(image.get(), &out, static_cast<double>(size.width) / width, "vscale",
                  static_cast<double>(size.height) / height, nullptr) != 0) {
    refuse();
  }
  image.reset(out);
  return has_alpha ? with_opacity(std::move(image), &vips_unpremultiply) : std::move(image);
}

/// What its decoder itself can shrink, while it decodes.
std::string options_of(VipsImage* header, int pixels_max) {
  const double factor =
      shrink_factor(vips_image_get_width(header), vips_image_get_height(header), pixels_max);
  const std::string_view format = format_of(header);
  std::string options = "[fail_on=error";
  if (format == "jpeg") {
    // Half of what could be: the rest is shrunk better than a decoder does.
    const int shrink = factor >= 16 ? 8 : factor >= 8 ? 4 : factor >= 4 ? 2 : 1;
    options += ",shrink=" + std::to_string(shrink);
  } else if (format == "webp" && factor > 1) {
    options += ",scale=" + std::to_string(1 / factor);
  }
  return options + "]";
}

/// Where data were missing libjpeg went on with a warning. The marker of the end is not among
/// them, and without the others an image is not the one that was meant.
void check_is_whole() {
  const bool is_cut = std::strstr(vips_error_buffer(), "premature end of data") != nullptr;
  if (is_cut) refuse();
  vips_error_clear();
}

std::string take(void* bytes, std::size_t size) {
  const std::unique_ptr<void, decltype(&g_free)> owned(bytes, &g_free);
  return std::string(static_cast<const char*>(bytes), size);
}

std::string encode_webp(VipsImage* image) {
  void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_webpsave_buffer(image, &bytes, &size, "Q", 80, "strip", TRUE, nullptr) != 0) refuse();
  return without_metadata(take(bytes, size));
}

/// Its last band says how much of white is seen: only for an image that has such a band.
Image without_transparency(VipsImage* image) {
  VipsImage* flat = nullptr;
  const std::array<double, 1> white{255};
  const std::unique_ptr<VipsArrayDouble, void (*)(VipsArrayDouble*)> background(
      vips_array_double_new(white.data(), 1),
      [](VipsArrayDouble* array) { vips_area_unref(VIPS_AREA(array)); });
  if (vips_flatten(image, &flat, "background", background.get(), nullptr) != 0) refuse();
  return Image(flat);
}

std::string encode_jpeg(VipsImage* image) {
  Image flat;
  if (vips_image_hasalpha(image) != 0) flat = without_transparency(image);
  void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_jpegsave_buffer(flat ? flat.get() : image, &bytes, &size, "Q", 82, "strip", TRUE,
                           "optimize_coding", TRUE, nullptr) != 0) {
    refuse();
  }
  return take(bytes, size);
}

}  // namespace

void Unref::operator()(void* object) const noexcept {
  if (object != nullptr) g_object_unref(object);
}

void refuse() {
  const std::string text = vips_error_buffer();
  vips_error_clear();
  throw Refusal(is_about_memory(text.c_str()) ? ExitCode::kOutOfMemory : ExitCode::kRefused, text);
}

void start_library(const char* program) {
  g_log_set_default_handler(&told, nullptr);
  // No modules but one: the decoders of ImageMagick, PDF and others are not even loaded.
  g_setenv("VIPSHOME", "/nonexistent", TRUE);
  // Nor is code made at run time: that would need memory that can be both written and run.
  g_setenv("VIPS_NOVECTOR", "1", TRUE);
  if (VIPS_INIT(program) != 0) throw Refusal(ExitCode::kNotConfined, vips_error_buffer());
  if (g_module_open(VIPS_HEIF_MODULE, G_MODULE_BIND_LOCAL) == nullptr) {
    throw Refusal(ExitCode::kNotConfined, g_module_error());
  }
  vips_block_untrusted_set(TRUE);
  vips_operation_block_set("VipsForeignLoad", TRUE);
  for (const Loader& loader : kLoaders) vips_operation_block_set(loader.type, FALSE);
  // Nothing is used twice, and one thread computes.
  vips_cache_set_max(0);
  vips_concurrency_set(1);
}

SourceImage::SourceImage(int descriptor) : input_(descriptor), source_(input_.new_source()) {
  // Asked first: libvips ends the process when no loader knows an empty source.
  if (!source_ || vips_foreign_find_load_source(source_.get()) == nullptr) refuse();
  header_.reset(
      vips_image_new_from_source(source_.get(), "", "access", VIPS_ACCESS_SEQUENTIAL, nullptr));
  if (!header_) refuse();
  format_of(header_.get());
  check_size(header_.get());
}

std::string SourceImage::facts() const {
  VipsImage* const image = header_.get();
  const int orientation = vips_image_get_orientation(image);
  const bool is_turned = vips_image_get_orientation_swap(image) != 0;
  const int width = vips_image_get_width(image);
  const int height = vips_image_get_height(image);
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(),
                R"({"format":"%s","width":%d,"height":%d,"orientation_applied":%s,)"
                R"("has_alpha":%s,"pages":%d})",
                format_of(image), is_turned ? height : width, is_turned ? width : height,
                orientation > 1 ? "true" : "false",
                vips_image_hasalpha(image) != 0 ? "true" : "false",
                std::max(1, vips_image_get_n_pages(image)));
  return text.data();
}

std::unique_ptr<VipsImage, Unref> SourceImage::shrink(int pixels_max) {
  const std::string options = options_of(header_.get(), pixels_max);
  const Size size = shrunk(header_.get(), pixels_max);
  const std::string profile = profile_of(header_.get());
  header_.reset();
  vips_error_clear();
  Image image(vips_image_new_from_source(source_.get(), options.c_str(), "access",
                                         VIPS_ACCESS_SEQUENTIAL, nullptr));
  if (!image) refuse();
  image = upright(in_memory(resized(in_bytes(std::move(image)), size)));
  check_is_whole();
  image = in_srgb(in_memory(image), profile);
  remove_metadata(image.get());
  return image;
}

std::unique_ptr<VipsImage, Unref> shrink(VipsImage* image, int pixels_max) {
  g_object_ref(image);
  return in_memory(resized(Image(image), shrunk(image, pixels_max)));
}

std::string encode(VipsImage* image, std::string_view name) {
  return name.ends_with(".webp") ? encode_webp(image) : encode_jpeg(image);
}

}  // namespace vigie::preview
