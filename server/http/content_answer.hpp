#pragma once

#include "server/domain/media_library.hpp"
#include "server/http/handlers.hpp"

namespace vigie::http {

/// The answer with a content that the caller may read: 304 when he has it (RFC 9110, 13), 206 with
/// the ranges he asks for (RFC 9110, 14), 302 to where the store gives it out, or all of it.
Answer content_answer(Resources& resources, Exchange& exchange, const domain::Readable& readable);

}  // namespace vigie::http
