#pragma once

#include <string>
#include <string_view>

#include "server/http/message.hpp"

namespace vigie::http {

/// A page of our own frame and style, under a policy that lets nothing else in. `title` is text,
/// `content` HTML that was written here.
std::string framed(std::string_view title, std::string_view content);

/// Says what framed() made, in place of what the response was before.
void add_page_headers(Response& response);

}  // namespace vigie::http
