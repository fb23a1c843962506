#pragma once

#include <optional>

#include "server/domain/event.hpp"
#include "server/domain/media.hpp"
#include "server/domain/principal.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

// Who may do what with media. Pure functions of the caller, the media and its event.
//
//                          upload   see unfinished, deleted   see            write, delete, restore
//   anonymous              401      404                       of an event*   401
//   user                   yes      404                       of an event*   403 (404 if not seen)
//   owner, administrator   yes      yes                       yes            yes
//
// * that the caller may see. For an event is uploaded by who may edit it. That a media exists is
// its owner's secret, as with drafts: 404 is kNotFound.

/// `event`: what the media is to be of.
Result<void> may_upload(const Principal& caller, const std::optional<Event>& event);
/// `event`: that of the media, as far as there is one.
Result<void> may_see(const Principal& caller, const Media& media,
                     const std::optional<Event>& event);
Result<void> may_change(const Principal& caller, const Media& media,
                        const std::optional<Event>& event);

/// Whose it is, and administrators.
bool is_keeper(const Principal& caller, const Media& media) noexcept;

}  // namespace vigie::domain
