#include "telemetry/recorder/trace_recorder.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "telemetry/pipeline/background_thread.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::size_t kQueueTraces = 1024;
// Of the memory, what may wait in the queue.
constexpr std::size_t kQueueShare = 8;
// The queue's cells, and the lists of the routes.
constexpr std::size_t kFixedBytes = std::size_t{64} * 1024;
// Under load the thread wakes this often, and never when nothing is offered.
constexpr std::chrono::milliseconds kGatherTime{50};

constexpr std::size_t shelves_bytes_max(std::size_t bytes_max) {
  const std::size_t taken = bytes_max / kQueueShare + kFixedBytes;
  return bytes_max > taken ? bytes_max - taken : 0;
}

bool is_newer(const FoundTrace& a, const FoundTrace& b) {
  return a.trace->end_utc_ns() > b.trace->end_utc_ns();
}

}  // namespace

TraceRecorder::TraceRecorder(std::size_t bytes_max)
    : bytes_max_(bytes_max),
      queue_bytes_max_(bytes_max / kQueueShare),
      shelves_(shelves_bytes_max(bytes_max), thresholds_),
      queue_(kQueueTraces) {
  thread_ = start_background_thread("vigie-recorder", [this] { run(); });
}

TraceRecorder::~TraceRecorder() {
  is_stopping_.store(true);
  wake();
  thread_.join();
}

bool TraceRecorder::wants(const TraceBuffer& trace) const noexcept {
  const SpanRecord& root = root_of(trace);
  return root.is_error || thresholds_.admits(route_of(trace), duration_ns(root), root.end_ns);
}

void TraceRecorder::offer(std::unique_ptr<TraceBuffer>& trace, bool is_kept) noexcept {
  const std::size_t bytes = trace->held_bytes();
  const std::size_t before = queued_bytes_.fetch_add(bytes);
  Offer offer{std::move(trace), is_kept};
  if (before + bytes > queue_bytes_max_ || !queue_.push(offer)) {
    queued_bytes_.fetch_sub(bytes);
    missed_count_.fetch_add(1, std::memory_order_relaxed);
    trace = std::move(offer.trace);
    return;
  }
  const bool fills_half = before < queue_bytes_max_ / 2 && before + bytes >= queue_bytes_max_ / 2;
  if (is_asleep_.load() || fills_half) wake();
}

void TraceRecorder::wake() noexcept {
  is_asleep_.store(false);
  doorbell_.ring();
}

void TraceRecorder::run() noexcept {
  while (!is_stopping_.load()) {
    if (drain() > 0) {
      doorbell_.wait_for(kGatherTime);
    } else {
      rest();
    }
  }
}

void TraceRecorder::rest() noexcept {
  is_asleep_.store(true);
  // What came before the flag was seen rings no bell.
  if (queued_bytes_.load() == 0 && !is_stopping_.load()) doorbell_.wait();
  is_asleep_.store(false);
}

std::size_t TraceRecorder::drain() noexcept {
  const std::lock_guard lock(draining_);
  std::size_t count = 0;
  Offer next;
  while (queue_.pop(next)) {
    queued_bytes_.fetch_sub(next.trace->held_bytes());
    record(std::move(next.trace), next.is_kept);
    ++count;
  }
  return count;
}

void TraceRecorder::record(std::unique_ptr<TraceBuffer> trace, bool is_kept) noexcept {
  try {
    const auto held = std::make_shared<RecordedTrace>(std::move(trace));
    const std::lock_guard lock(mutex_);
    shelves_.add(held, is_kept);
  } catch (const std::bad_alloc&) {
    missed_count_.fetch_add(1, std::memory_order_relaxed);
  }
}

template <typename Matches>
std::vector<FoundTrace> TraceRecorder::gather(const Matches& matches) {
  drain();
  std::vector<FoundTrace> found;
  const std::lock_guard lock(mutex_);
  shelves_.for_each([&](const std::shared_ptr<RecordedTrace>& trace) {
    if (matches(*trace)) found.push_back({trace, trace->why});
  });
  return found;
}

void TraceRecorder::leave_out_of_recent(std::string_view route) {
  const std::lock_guard lock(mutex_);
  shelves_.leave_out_of_recent(route);
}

std::vector<FoundTrace> TraceRecorder::find(const TraceFilter& filter) {
  std::vector<FoundTrace> found = gather([&filter](const RecordedTrace& trace) {
    return trace.duration_ns() >= filter.duration_ns_min &&
           (!filter.is_error || trace.is_error() == *filter.is_error) &&
           (filter.route.empty() || trace.route() == filter.route);
  });
  const std::size_t count = std::min(filter.limit, found.size());
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(found.begin(), end, found.end(), is_newer);
  found.resize(count);
  return found;
}

std::vector<FoundTrace> TraceRecorder::find(const TraceId& trace_id) {
  std::vector<FoundTrace> found = gather(
      [&trace_id](const RecordedTrace& trace) { return trace.buffer().trace_id == trace_id; });
  std::sort(found.begin(), found.end(),
            [](const FoundTrace& a, const FoundTrace& b) { return is_newer(b, a); });
  return found;
}

std::size_t TraceRecorder::bytes() const {
  const std::lock_guard lock(mutex_);
  return shelves_.bytes() + queued_bytes_.load() + kFixedBytes;
}

std::size_t TraceRecorder::count() const {
  const std::lock_guard lock(mutex_);
  return shelves_.count();
}

}  // namespace vigie::telemetry
