#include "server/preview/program/image.hpp"

#include <gmodule.h>
#include <vips/vips.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

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

[[noreturn]] void refuse() {
  const std::string text = vips_error_buffer();
  vips_error_clear();
  throw Refusal(is_about_memory(text.c_str()) ? ExitCode::kOutOfMemory : ExitCode::kRefused, text);
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
  const std::int64_t pixels = std::int64_t{vips_image_get_width(image)} *
                              vips_image_get_height(image) *
                              std::max(1, vips_image_get_n_pages(image));
  if (pixels > kPixelsMax) {
    throw Refusal(ExitCode::kRefused, "too many pixels: " + std::to_string(pixels));
  }
}

/// One or three bands of 8 bits in sRGB, with or without transparency.
Image to_srgb(Image image) {
  VipsImage* out = nullptr;
  const VipsInterpretation current = vips_image_get_interpretation(image.get());
  const bool is_gray = current == VIPS_INTERPRETATION_B_W;
  if (!is_gray && current != VIPS_INTERPRETATION_sRGB) {
    if (vips_colourspace(image.get(), &out, VIPS_INTERPRETATION_sRGB, nullptr) != 0) refuse();
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

Image decoded(Image image) {
  image = to_srgb(std::move(image));
  VipsImage* const pixels = vips_image_copy_memory(image.get());
  if (pixels == nullptr) refuse();
  remove_metadata(pixels);
  return Image(pixels);
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

std::string encode_jpeg(VipsImage* image) {
  VipsImage* flat = nullptr;
  const std::array<double, 1> white{255};
  const std::unique_ptr<VipsArrayDouble, void (*)(VipsArrayDouble*)> background(
      vips_array_double_new(white.data(), 1),
      [](VipsArrayDouble* array) { vips_area_unref(VIPS_AREA(array)); });
  if (vips_flatten(image, &flat, "background", background.get(), nullptr) != 0) refuse();
  const Image opaque(flat);
  void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_jpegsave_buffer(opaque.get(), &bytes, &size, "Q", 82, "strip", TRUE, "optimize_coding",
                           TRUE, nullptr) != 0) {
    refuse();
  }
  return take(bytes, size);
}

}  // namespace

void Unref::operator()(void* object) const noexcept {
  if (object != nullptr) g_object_unref(object);
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

SourceImage::SourceImage(int descriptor) : source_(vips_source_new_from_descriptor(descriptor)) {
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
  VipsImage* out = nullptr;
  header_.reset();
  // libvips 8.14 does not hand `fail_on` to the loader of a source, but options of the loader.
  if (vips_thumbnail_source(source_.get(), &out, pixels_max, "height", pixels_max, "size",
                            VIPS_SIZE_DOWN, "export_profile", "srgb", "option_string",
                            "[fail_on=error]", nullptr) != 0) {
    refuse();
  }
  return decoded(Image(out));
}

std::unique_ptr<VipsImage, Unref> shrink(VipsImage* image, int pixels_max) {
  VipsImage* out = nullptr;
  if (vips_thumbnail_image(image, &out, pixels_max, "height", pixels_max, "size", VIPS_SIZE_DOWN,
                           "no_rotate", TRUE, nullptr) != 0) {
    refuse();
  }
  return decoded(Image(out));
}

std::string encode(VipsImage* image, std::string_view name) {
  return name.ends_with(".webp") ? encode_webp(image) : encode_jpeg(image);
}

}  // namespace vigie::preview
