#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/preview/program/image.hpp"

namespace vigie::preview {

/// The colours of pixels in memory, 8 bits a band, as browsers show them: by the profile of the
/// image where that can be used, else as sRGB (CSS Color 4, 12.2), and inks without a usable
/// profile by their complement. A profile that is damaged or of another kind of colour than the
/// image counts as none. What comes back has one or three bands, and transparency if it had it.
std::unique_ptr<VipsImage, Unref> in_srgb(std::unique_ptr<VipsImage, Unref> image,
                                          std::string_view profile);

/// The profile that came with an image; empty when there is none.
std::string profile_of(VipsImage* image);

}  // namespace vigie::preview
