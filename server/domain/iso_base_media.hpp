#pragma once

#include <string_view>

namespace vigie::domain {

/// The type of a file of boxes (ISO/IEC 14496-12), by the brands of its file-type box: the major
/// one and the compatible ones alike, for each names a specification that the file conforms to.
/// That box may stand behind boxes that say nothing. Empty: it is none, or of no brand known here.
std::string_view iso_base_media_type(std::string_view head) noexcept;

}  // namespace vigie::domain
