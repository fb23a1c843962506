#pragma once

#include <string>
#include <string_view>

namespace vigie::preview {

/// A WebP file (RFC 9649) without its chunks of metadata: EXIF, XMP and colour profile. libvips
/// 8.14 writes EXIF into every one, whatever it is told. `webp` comes from an encoder.
std::string without_metadata(std::string_view webp);

}  // namespace vigie::preview
