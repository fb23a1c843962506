#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/event_list.hpp"
#include "server/storage/query.hpp"

namespace vigie::storage {

/// What lists are called in metrics and spans.
inline constexpr std::string_view kListName = "events.list";
inline constexpr std::string_view kSearchName = "events.search";

/// `query` with what its viewer may not see made part of its filters; the viewer that remains is
/// an administrator (no further condition), anonymous (no drafts) or an account (no drafts of
/// others). Nothing when there is nothing to see.
std::optional<domain::EventQuery> visible_part(domain::EventQuery query);

/// Which conditions and which order a list has: the index of its statement.
unsigned list_shape(const domain::EventQuery& query);

/// The values for the statement of its shape. One row more than the limit is asked for, to know
/// whether there is a next page. Pre, here and above: it is a visible part.
Parameters list_parameters(const domain::EventQuery& query);

/// The statements of event lists, composed when first asked for. Thread-safe.
class ListQueries {
 public:
  static constexpr std::size_t kShapes = std::size_t{1} << 12;

  ListQueries();
  ~ListQueries();
  ListQueries(const ListQueries&) = delete;
  ListQueries& operator=(const ListQueries&) = delete;

  /// Of a visible part. Lives as long as this object.
  const Query& query(const domain::EventQuery& visible);

 private:
  struct Composed;
  std::array<std::atomic<const Composed*>, kShapes> composed_{};
  std::mutex mutex_;
  std::vector<std::unique_ptr<const Composed>> owned_;  // guarded by mutex_
};

}  // namespace vigie::storage
