#pragma once

#include <string>
#include <string_view>

#include "server/domain/media_type.hpp"

namespace vigie::domain {

/// `name` as that of a file of the type. Threat: who opens a file goes by its ending, and so does
/// his system; a picture that is called `holiday.exe` is run by whoever takes it for one. So a name
/// that does not end as the type's names do gets such an ending behind its own, also one that ends
/// with dots and blanks, which Windows leaves away; what Windows takes for a device begins with
/// "_". No longer than a file name may be.
std::string file_name_of_type(std::string_view name, const MediaType& type);

}  // namespace vigie::domain
