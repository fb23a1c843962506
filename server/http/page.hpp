#pragma once

#include <string>
#include <string_view>

#include "server/http/message.hpp"

namespace vigie::http {

/// A page for browsers that is part of the binary.
struct Page {
  std::string_view html;
  /// Its own style and script by their hashes, data from its own origin; nothing else.
  std::string_view content_security_policy;
};

/// Made at build time of server/http/pages/: NAME.html with NAME.css and NAME.js in it.
namespace pages {
/// The API description.
const Page& docs() noexcept;
/// The frame of what is made at run time: see framed().
const Page& frame() noexcept;
}  // namespace pages

/// `html` under the policy of its page, not to be framed or taken for anything else.
Response page_answer(std::string html, const Page& page, std::string_view caching);

}  // namespace vigie::http
