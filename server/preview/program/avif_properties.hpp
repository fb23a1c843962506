#pragma once

#include <string>

namespace vigie::preview {

/// Puts the descriptions of each item (its size, its coding) before its transformations (crop,
/// rotation, mirror) in the box `ipma`, as ISO/IEC 23008-12, 6.5.1 asks. Early encoders did not,
/// and libheif 1.15 cannot show what they wrote (libheif#1131). `head` is the beginning of a file,
/// and keeps its length; what is not understood stays as it is.
void put_descriptions_first(std::string& head);

}  // namespace vigie::preview
