#pragma once

#include <string>

namespace vigie::blob {

/// 32 hexadecimal digits that nobody has had before.
std::string random_name();

}  // namespace vigie::blob
