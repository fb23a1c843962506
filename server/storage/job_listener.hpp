#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "server/domain/job.hpp"
#include "server/storage/side_connection.hpp"

namespace vigie::storage {

/// Hears of jobs that may run, when the transaction that made them is committed.
class JobListener : private SideSession {
 public:
  /// Called on the loop with the lane; without one, when something may have been missed.
  using Heard = std::function<void(std::optional<domain::JobLane>)>;

  JobListener(net::EventLoop& loop, const DatabaseOptions& options, Heard heard);

 private:
  const Query& question() override;
  void answered(const Rows& rows) override;
  void notified(std::string_view payload) override;
  void lost() override { is_listening_ = false; }

  Heard heard_;
  bool is_listening_ = false;
  SideConnection connection_;
};

}  // namespace vigie::storage
