#pragma once

#include <string_view>

namespace vigie::http {

/// The page that shows the API description: server/http/docs.html, part of the binary.
std::string_view docs_html() noexcept;

}  // namespace vigie::http
