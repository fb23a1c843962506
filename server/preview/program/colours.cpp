#include "server/preview/program/colours.hpp"

#include <lcms2.h>
#include <vips/vips.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace vigie::preview {
namespace {

using Image = std::unique_ptr<VipsImage, Unref>;
using Pixel = unsigned char;

struct CloseProfile {
  void operator()(void* profile) const noexcept { ::cmsCloseProfile(profile); }
};
using Profile = std::unique_ptr<void, CloseProfile>;

struct DeleteTransform {
  void operator()(void* transform) const noexcept { ::cmsDeleteTransform(transform); }
};
using Transform = std::unique_ptr<void, DeleteTransform>;

/// What kind of colour an image has, in the words of ICC.1.
struct Kind {
  cmsColorSpaceSignature space;
  cmsUInt32Number pixels;  // without transparency
  int bands;
};

Kind kind_of(VipsImage* image) {
  if (vips_image_get_interpretation(image) == VIPS_INTERPRETATION_CMYK) {
    return {.space = cmsSigCmykData, .pixels = TYPE_CMYK_8, .bands = 4};
  }
  if (vips_image_get_bands(image) < 3) {
    return {.space = cmsSigGrayData, .pixels = TYPE_GRAY_8, .bands = 1};
  }
  return {.space = cmsSigRgbData, .pixels = TYPE_RGB_8, .bands = 3};
}

/// Bands beyond the colours: transparency, or none.
int extra_bands(VipsImage* image, const Kind& kind) {
  return vips_image_get_bands(image) - kind.bands;
}

std::size_t pixel_count(VipsImage* image) {
  return static_cast<std::size_t>(vips_image_get_width(image)) *
         static_cast<std::size_t>(vips_image_get_height(image));
}

const Pixel* pixels_of(VipsImage* image) {
  return static_cast<const Pixel*>(vips_image_get_data(image));
}

bool describes_a_device(cmsHPROFILE profile) {
  const cmsProfileClassSignature of = ::cmsGetDeviceClass(profile);
  return of == cmsSigInputClass || of == cmsSigDisplayClass || of == cmsSigOutputClass ||
         of == cmsSigColorSpaceClass;
}

/// Null when the profile cannot be used for the image.
Transform transform_of(VipsImage* image, const Kind& kind, std::string_view bytes) {
  const Profile profile(
      ::cmsOpenProfileFromMem(bytes.data(), static_cast<cmsUInt32Number>(bytes.size())));
  if (!profile || ::cmsGetColorSpace(profile.get()) != kind.space ||
      !describes_a_device(profile.get())) {
    return nullptr;
  }
  const Profile srgb(::cmsCreate_sRGBProfile());
  const auto extra = static_cast<cmsUInt32Number>(extra_bands(image, kind));
  return Transform(::cmsCreateTransform(profile.get(), kind.pixels | EXTRA_SH(extra), srgb.get(),
                                        TYPE_RGB_8 | EXTRA_SH(extra), INTENT_PERCEPTUAL,
                                        cmsFLAGS_COPY_ALPHA));
}

/// Red is what cyan and black leave of white, and so on: what browsers and decoders do.
void without_inks(const Pixel* inks, Pixel* colours, std::size_t count) {
  constexpr unsigned kMax = 255;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t band = 0; band < 3; ++band) {
      const unsigned light = (kMax - inks[4 * i + band]) * (kMax - inks[4 * i + 3]);
      colours[3 * i + band] = static_cast<Pixel>((light + kMax / 2) / kMax);
    }
  }
}

/// Gray stays one band: of equal red, green and blue the first is kept.
void keep_gray(std::vector<Pixel>& colours, std::size_t count, std::size_t extra) {
  for (std::size_t i = 0; i < count; ++i) {
    colours[i * (1 + extra)] = colours[i * (3 + extra)];
    for (std::size_t j = 0; j < extra; ++j) {
      colours[i * (1 + extra) + 1 + j] = colours[i * (3 + extra) + 3 + j];
    }
  }
  colours.resize(count * (1 + extra));
}

Image image_of(const std::vector<Pixel>& pixels, VipsImage* like, int bands) {
  const Image copied(
      vips_image_new_from_memory_copy(pixels.data(), pixels.size(), vips_image_get_width(like),
                                      vips_image_get_height(like), bands, VIPS_FORMAT_UCHAR));
  VipsImage* out = nullptr;
  if (!copied ||
      vips_copy(copied.get(), &out, "interpretation",
                bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB, nullptr) != 0) {
    refuse();
  }
  return Image(out);
}

}  // namespace

std::string profile_of(VipsImage* image) {
  const void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
      vips_image_get_blob(image, VIPS_META_ICC_NAME, &bytes, &size) != 0) {
    return "";
  }
  return std::string(static_cast<const char*>(bytes), size);
}

Image in_srgb(Image image, std::string_view profile) {
  const Kind kind = kind_of(image.get());
  const std::size_t count = pixel_count(image.get());
  const int extra = extra_bands(image.get(), kind);
  const Transform transform = transform_of(image.get(), kind, profile);
  if (!transform && kind.space != cmsSigCmykData) return image;
  std::vector<Pixel> colours(count * static_cast<std::size_t>(3 + extra));
  if (transform) {
    ::cmsDoTransform(transform.get(), pixels_of(image.get()), colours.data(),
                     static_cast<cmsUInt32Number>(count));
  } else {
    without_inks(pixels_of(image.get()), colours.data(), count);
  }
  const bool is_gray = kind.space == cmsSigGrayData;
  if (is_gray) keep_gray(colours, count, static_cast<std::size_t>(extra));
  return image_of(colours, image.get(), (is_gray ? 1 : 3) + extra);
}

}  // namespace vigie::preview
