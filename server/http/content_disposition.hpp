#pragma once

#include <string>
#include <string_view>

namespace vigie::http {

/// A Content-Disposition (RFC 6266) with the file name in both of its forms: in ASCII for old
/// clients, and in UTF-8 (RFC 8187). Whatever the name holds, the header ends where it should, and
/// no part of the name is a folder to a client that saves it.
std::string content_disposition(bool is_inline, std::string_view file_name);

}  // namespace vigie::http
