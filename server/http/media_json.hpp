#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/domain/media.hpp"
#include "server/domain/media_uploads.hpp"
#include "server/domain/result.hpp"
#include "server/http/json.hpp"

namespace vigie::http {

/// What a client wrote of a new upload. kValidationFailed with all that is wrong with its form; the
/// domain's rules are the use-case's.
domain::Result<domain::NewMedia> decode_new_media(const JsonValue& json);

std::string encode_media(const domain::Media& media);
/// The media with all parts of its upload, there or not.
std::string encode_upload(const domain::Upload& upload);
/// Pre: the upload has a place of that number. `part` is null when nothing is there.
std::string encode_part(const domain::Media& media, std::uint32_t number,
                        const domain::MediaPart* part);
/// `{"items": […], "next_cursor": …}`; an empty cursor is written as null.
std::string encode_media_page(const std::vector<domain::Media>& items,
                              const std::string& next_cursor);

/// Where it is found.
std::string media_path(domain::MediaId id);

}  // namespace vigie::http
