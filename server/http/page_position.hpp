#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"
#include "server/domain/secrets.hpp"

namespace vigie::http {

/// Where a page of a list ended: the last row's sort key, and its id where keys are equal.
struct PagePosition {
  domain::Timestamp key{};
  domain::Uuid id;
};

/// For which list a cursor is good.
struct CursorScope {
  std::string_view purpose;  // a literal for each kind of list
  /// Everything that decides which rows the list has, and in which order.
  std::string selection;
};

/// The position as opaque text that this server alone can make.
std::string sealed(const PagePosition& position, const CursorScope& scope,
                   domain::MessageAuthenticator& authenticator);
/// Nothing: it was not made by this server for this list. The time taken does not say why.
std::optional<PagePosition> unsealed(std::string_view text, const CursorScope& scope,
                                     domain::MessageAuthenticator& authenticator);

}  // namespace vigie::http
