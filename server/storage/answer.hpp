#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/result.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// What came back of the statements of one round trip.
struct Answer {
  /// One for each statement; fewer when one failed.
  std::vector<Rows> rows;
  std::optional<domain::Error> error;
  /// With `error`: nobody knows, or nobody was to blame; a read may be sent again.
  bool is_lost = false;
  /// Of the error, where the server gave one.
  std::string sqlstate;
};

/// Waits for an answer. Stays where it is until `done` was called or it was abandoned.
struct Reply : Answer {
  std::function<void()> done;

  Reply() = default;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
};

}  // namespace vigie::storage
