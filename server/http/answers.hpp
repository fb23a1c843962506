#pragma once

#include <string>
#include <string_view>

#include "server/http/message.hpp"
#include "server/http/query_parameters.hpp"
#include "server/http/route.hpp"

namespace vigie::http {

/// How long an answer may be kept, and by whom.
namespace caching {
/// Tokens, and what is told to one caller: by nobody.
inline constexpr std::string_view kNever = "no-store";
/// What the caller may keep if it asks each time whether it still holds (RFC 9111, 5.2.2.4).
inline constexpr std::string_view kRevalidated = "private, no-cache";
/// What is the same for all.
inline constexpr std::string_view kShared = "public, max-age=300";
}  // namespace caching

Response json_answer(int status, std::string json, std::string_view caching);
Response text_answer(std::string text, std::string_view content_type, std::string_view caching);
/// A page of what this caller may see. `cursor` is the next page's, which Link names with the rest
/// of the query as `given`; empty: this is the last.
Response list_answer(std::string json, const Route& route, QueryParameters given,
                     const std::string& cursor);
/// 204.
Response empty_answer();

}  // namespace vigie::http
