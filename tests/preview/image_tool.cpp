// Makes images that no package has, and says what is in one, by libvips and so without our code.
//   image_tool make KIND >image    image_tool describe <image
//   image_tool convert SUFFIX <image >image    image_tool profile NAME >profile
#include <unistd.h>
#include <vips/vips.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s: %s\n", what, vips_error_buffer());
  std::_Exit(1);
}

void check(int result, const char* what) {
  if (result != 0) fail(what);
}

VipsImage* plain(int width, int height, const double* color, int bands) {
  VipsImage* black = nullptr;
  VipsImage* out = nullptr;
  check(vips_black(&black, width, height, "bands", bands, nullptr), "black");
  const double ones[] = {1, 1, 1, 1};
  check(vips_linear(black, &out, ones, color, bands, "uchar", TRUE, nullptr), "linear");
  g_object_unref(black);
  return out;
}

VipsImage* tagged(VipsImage* image, VipsInterpretation interpretation) {
  VipsImage* out = nullptr;
  check(vips_copy(image, &out, "interpretation", interpretation, nullptr), "copy");
  g_object_unref(image);
  return out;
}

void save(VipsImage* image, const char* suffix) {
  void* bytes = nullptr;
  size_t size = 0;
  check(vips_image_write_to_buffer(image, suffix, &bytes, &size, nullptr), suffix);
  std::fwrite(bytes, 1, size, stdout);
  g_free(bytes);
  g_object_unref(image);
}

int make(std::string_view kind) {
  const double muted[] = {200, 100, 50, 0};
  const double ink[] = {0, 255, 255, 0};
  if (kind == "display-p3.jpeg") {
    save(tagged(plain(640, 480, muted, 3), VIPS_INTERPRETATION_sRGB), ".jpg[profile=p3,Q=95]");
  } else if (kind == "transparent.png") {
    save(tagged(plain(300, 100, muted, 4), VIPS_INTERPRETATION_sRGB), ".png");
  } else if (kind == "cmyk.jpeg") {
    save(tagged(plain(400, 300, ink, 4), VIPS_INTERPRETATION_CMYK), ".jpg[profile=cmyk,Q=95]");
  } else if (kind == "gray.png") {
    save(tagged(plain(400, 300, muted, 1), VIPS_INTERPRETATION_B_W), ".png");
  } else if (kind == "colours.avif") {
    save(tagged(plain(400, 300, muted, 3), VIPS_INTERPRETATION_sRGB), ".avif");
  } else if (kind == "gray.tiff") {
    save(tagged(plain(400, 300, muted, 1), VIPS_INTERPRETATION_B_W), ".tif[compression=deflate]");
  } else if (kind == "wide.webp") {
    save(tagged(plain(3000, 10, muted, 3), VIPS_INTERPRETATION_sRGB), ".webp");
  } else {
    return 1;
  }
  return 0;
}

/// `suffix` with its options: ".avif[Q=90,bitdepth=10]".
int convert(const char* suffix) {
  VipsSource* const source = vips_source_new_from_descriptor(STDIN_FILENO);
  VipsImage* const image = vips_image_new_from_source(source, "", nullptr);
  if (image == nullptr) fail("open");
  save(image, suffix);
  return 0;
}

/// One that libvips has: "p3", "cmyk", "srgb".
int profile(const char* name) {
  VipsBlob* blob = nullptr;
  check(vips_profile_load(name, &blob, nullptr), "profile");
  size_t size = 0;
  const void* const bytes = vips_blob_get(blob, &size);
  std::fwrite(bytes, 1, size, stdout);
  return 0;
}

double mean_of(VipsImage* image, int band) {
  VipsImage* one = nullptr;
  double mean = 0;
  check(vips_extract_band(image, &one, band, nullptr), "extract_band");
  check(vips_avg(one, &mean, nullptr), "avg");
  g_object_unref(one);
  return mean;
}

int describe() {
  VipsSource* const source = vips_source_new_from_descriptor(STDIN_FILENO);
  VipsImage* const opened = vips_image_new_from_source(source, "", nullptr);
  if (opened == nullptr) fail("open");
  VipsImage* const image = vips_image_copy_memory(opened);
  if (image == nullptr) fail("decode");
  std::printf("loader %s\n", [&] {
    const char* loader = "?";
    vips_image_get_string(image, VIPS_META_LOADER, &loader);
    return loader;
  }());
  std::printf("size %dx%d\n", vips_image_get_width(image), vips_image_get_height(image));
  std::printf("bands %d\n", vips_image_get_bands(image));
  for (int band = 0; band < vips_image_get_bands(image); ++band) {
    std::printf("mean%d %.0f\n", band, mean_of(image, band));
  }
  char** const fields = vips_image_get_fields(image);
  for (char** field = fields; *field != nullptr; ++field) std::printf("field %s\n", *field);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (VIPS_INIT(argv[0]) != 0) fail("init");
  const std::string_view command = argc > 1 ? argv[1] : "";
  int result = 1;
  if (command == "make" && argc > 2) result = make(argv[2]);
  if (command == "convert" && argc > 2) result = convert(argv[2]);
  if (command == "profile" && argc > 2) result = profile(argv[2]);
  if (command == "describe") result = describe();
  std::fflush(stdout);
  std::_Exit(result);
}
