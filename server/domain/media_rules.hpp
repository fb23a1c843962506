#pragma once

#include <cstdint>
#include <vector>

#include "server/domain/media.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// Everything that is wrong with what a client says of its upload, as JSON pointers. A file name is
/// one line of text and nothing more: whatever it holds, it is only ever shown.
std::vector<FieldFault> faults_of(const NewMedia& media, const MediaLimits& limits);

/// Everything that is wrong with the query, as "?name".
std::vector<FieldFault> faults_of(const MediaQuery& query);

/// The size of parts for an upload whose client does not mind: one part, as long as that may be.
std::uint64_t part_bytes_for(std::uint64_t bytes, const MediaLimits& limits);

}  // namespace vigie::domain
