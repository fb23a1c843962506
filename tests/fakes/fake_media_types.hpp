#pragma once

#include <string>
#include <string_view>

#include "server/domain/media_type.hpp"

namespace vigie::fakes {

/// Knows the types of a few signatures, as libmagic would.
class FakeMediaTypes : public domain::MediaTypes {
 public:
  domain::Result<std::string> sniff(const domain::Context&, std::string_view head) override {
    if (head.starts_with("\x89PNG\r\n\x1a\n")) return std::string("image/png");
    if (head.starts_with("\xff\xd8\xff")) return std::string("image/jpeg");
    if (head.starts_with("%PDF-")) return std::string("application/pdf");
    if (head.starts_with("OggS")) return std::string("application/ogg");
    if (head.starts_with("<html")) return std::string("text/html");
    return std::string("application/octet-stream");
  }
};

}  // namespace vigie::fakes
