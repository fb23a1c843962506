#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "server/domain/media_library.hpp"
#include "server/http/byte_ranges.hpp"
#include "server/http/handlers.hpp"

namespace vigie::http {

/// What a body is made of: texts, and bytes of a content.
struct BodyPlan {
  struct Piece {
    std::string before;
    ByteRange range;
  };
  std::vector<Piece> pieces;  // at least one
  std::string end;

  std::uint64_t length() const noexcept;
};

using ContentBody = decltype(Response::body);

/// The body as it leaves: by sendfile(2) where the store has files, as a stream where it is
/// elsewhere. Of an answer to HEAD only the length.
domain::Result<ContentBody> content_body(Resources& resources, const Exchange& exchange,
                                         const domain::Readable& readable, BodyPlan plan);

}  // namespace vigie::http
