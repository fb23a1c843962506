#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "server/domain/account.hpp"
#include "server/domain/account_change.hpp"
#include "server/domain/context.hpp"
#include "server/domain/event.hpp"
#include "server/domain/media.hpp"
#include "server/domain/principal.hpp"

namespace vigie::domain {

enum class EventChange : std::uint8_t { kCreated, kUpdated, kPublished, kCancelled, kDeleted };
enum class SignIn : std::uint8_t { kPassword, kRefresh };
enum class SignInOutcome : std::uint8_t {
  kSuccess,
  kInvalid,
  kReused,
  kRepeated,  // a success: the refresh token had been traded a moment before
};

enum class MediaChange : std::uint8_t {
  kCreated,    // an upload
  kCompleted,  // an upload
  kRefused,    // an upload that was dropped for its content
  kExpired,    // an upload that was not finished in time
  kDeleted,
  kRestored,
};
enum class MediaTransfer : std::uint8_t { kReceived, kSent };
/// What a purge has done, or why it has left something undone.
enum class PurgeStep : std::uint8_t {
  kAlreadyGone,  // of the media: an earlier run did it
  kRestored,     // of the media: it stays
  kForgotten,    // of the media: its name is gone for good
  kReferenced,   // of the content: other media have it
  kRemoved,      // of the content: its object and its previews are gone
};

inline constexpr std::array<std::string_view, 5> kPurgeStepNames = {
    "already_gone", "restored", "forgotten", "still_referenced", "content_removed"};

constexpr std::string_view name_of(PurgeStep step) noexcept {
  return kPurgeStepNames[static_cast<std::size_t>(step)];
}

/// What nothing named and the sweeper removed.
enum class Orphan : std::uint8_t {
  kContent,  // an object without a record of its content
  kPreview,  // of a content without a record
  kUpload,   // parts of an upload that is complete or gone
};

inline constexpr std::array<std::string_view, 3> kOrphanNames = {
    "content_unnamed", "preview_unnamed", "upload_not_open"};

constexpr std::string_view name_of(Orphan orphan) noexcept {
  return kOrphanNames[static_cast<std::size_t>(orphan)];
}

/// Port: domain facts, told as they happen. The application turns them into metrics and log events;
/// the default does nothing. Called on the fiber of the request; must not wait or throw.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void event_changed(const Context&, EventChange, const Event&) noexcept {}
  virtual void account_created(const Context&, const Account&) noexcept {}
  virtual void account_changed(const Context&, AccountChange, AccountId) noexcept {}
  virtual void media_changed(const Context&, MediaChange, const Media&) noexcept {}
  virtual void media_transferred(const Context&, MediaTransfer, std::uint64_t /*bytes*/) noexcept {}
  virtual void media_purge(const Context&, PurgeStep, MediaId) noexcept {}
  virtual void orphan_removed(const Context&, Orphan, const BlobKey&) noexcept {}
  virtual void sign_in(const Context&, SignIn, SignInOutcome) noexcept {}
};

}  // namespace vigie::domain
