#pragma once

#include "server/domain/account.hpp"
#include "server/domain/context.hpp"
#include "server/domain/event.hpp"
#include "server/domain/principal.hpp"

namespace vigie::domain {

enum class EventChange : std::uint8_t { kCreated, kUpdated, kPublished, kCancelled, kDeleted };
enum class SignIn : std::uint8_t { kPassword, kRefresh };
enum class SignInOutcome : std::uint8_t { kSuccess, kInvalid, kReused };

/// Port: domain facts, told as they happen. The application turns them into metrics and log events;
/// the default does nothing. Called on the fiber of the request; must not wait or throw.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void event_changed(const Context&, EventChange, const Event&) noexcept {}
  virtual void account_created(const Context&, const Account&) noexcept {}
  virtual void sign_in(const Context&, SignIn, SignInOutcome) noexcept {}
};

}  // namespace vigie::domain
