#include "server/preview/preview_process.hpp"

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "server/platform/core/json.hpp"
#include "server/preview/protocol.hpp"
#include "server/process/blob_input.hpp"
#include "server/process/child_process.hpp"

namespace vigie::preview {
namespace {

using domain::BlobContent;
using domain::BlobSource;
using domain::Code;
using domain::Context;
using domain::Error;
using domain::Result;
using net::TimePoint;
using process::ChildProcess;
using process::Ending;

/// What it says may hold bytes of the image: only its visible ASCII goes into a log.
std::string visible(std::string_view text) {
  constexpr std::size_t kBytesMax = 300;
  std::string kept(text.substr(0, kBytesMax));
  for (char& c : kept) {
    if (c < ' ' || c > '~') c = ' ';
  }
  return kept;
}

/// Decoding is bounded by processor time too, so that a stopped clock of ours bounds nothing less.
std::uint64_t cpu_seconds(std::chrono::milliseconds timeout) {
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(timeout).count());
}

process::Command command_of(const PreviewOptions& options) {
  return {.program = options.program,
          .arguments = {std::to_string(options.memory_bytes_max),
                        std::to_string(cpu_seconds(options.timeout))},
          // One arena: threads share the memory that they are allowed. Nothing goes to a temporary
          // file.
          .environment = {"LC_ALL=C", "MALLOC_ARENA_MAX=1", "VIPS_DISC_THRESHOLD=64g"},
          .input = {}};
}

std::optional<ImageFacts> facts_of(const std::string& text) {
  constexpr std::int64_t kSideMax = 10'000'000;
  const auto read = core::parse_json(text);
  const auto* const json = std::get_if<core::JsonValue>(&read);
  if (json == nullptr) return std::nullopt;
  const auto* const format = json->member_as<std::string>("format");
  const auto* const width = json->member_as<std::int64_t>("width");
  const auto* const height = json->member_as<std::int64_t>("height");
  const auto* const is_oriented = json->member_as<bool>("orientation_applied");
  const auto* const has_alpha = json->member_as<bool>("has_alpha");
  const auto* const pages = json->member_as<std::int64_t>("pages");
  const bool is_whole = format && width && height && is_oriented && has_alpha && pages;
  if (!is_whole) return std::nullopt;
  const bool is_bounded = format->size() <= 16 && *width > 0 && *width <= kSideMax && *height > 0 &&
                          *height <= kSideMax && *pages > 0;
  if (!is_bounded) return std::nullopt;
  return ImageFacts{.format = *format,
                    .width = *width,
                    .height = *height,
                    .is_orientation_applied = *is_oriented,
                    .has_alpha = *has_alpha,
                    .pages = *pages};
}

Outcome outcome_of(const Ending& ending) {
  if (ending.signal == SIGXCPU) return Outcome::kTimeout;
  if (ending.signal != 0) return Outcome::kCrashed;
  switch (static_cast<ExitCode>(ending.exit_code)) {
    case ExitCode::kRefused:
      return Outcome::kFailed;
    case ExitCode::kOutOfMemory:
      return Outcome::kMemory;
    default:
      return Outcome::kCrashed;
  }
}

std::string describe(const Ending& ending, std::string_view said) {
  std::string text = ending.signal != 0 ? "signal " + std::to_string(ending.signal)
                                        : "exit code " + std::to_string(ending.exit_code);
  if (!said.empty()) text += ": " + visible(said);
  return text;
}

Made not_ready(Outcome outcome, std::string detail) {
  return {.outcome = outcome, .detail = std::move(detail), .facts = {}, .previews = {}};
}

/// The frames of a child that has ended well.
Made made_of(FrameReader& reader) {
  std::vector<Frame>& frames = reader.frames();
  auto facts = reader.is_complete() ? facts_of(frames.front().bytes) : std::nullopt;
  if (!facts) return not_ready(Outcome::kCrashed, "it did not keep to the protocol");
  frames.erase(frames.begin());
  return {.outcome = Outcome::kReady,
          .detail = {},
          .facts = std::move(*facts),
          .previews = std::move(frames)};
}

/// Reads to the end of its output. Null: what came is not the protocol.
Result<std::unique_ptr<FrameReader>> read_frames(ChildProcess& child, TimePoint deadline) {
  auto reader = std::make_unique<FrameReader>();
  for (;;) {
    const auto bytes = child.read(deadline);
    if (!bytes) return bytes.error();
    if (bytes->empty()) return reader;
    if (!reader->take(*bytes)) return std::unique_ptr<FrameReader>();
  }
}

}  // namespace

Result<Made> PreviewProcess::make(const Context& context, BlobContent content) const {
  auto child = process::start_on(content, command_of(options_));
  if (!child) return child.error();
  const TimePoint timeout = std::chrono::steady_clock::now() + options_.timeout;
  Context bounded = context;
  bounded.deadline = std::min(context.deadline, timeout);
  auto made = follow(bounded, **child, content);
  const bool is_its_fault =
      !made && made.error().code == Code::kDeadlineExceeded && bounded.deadline == timeout;
  if (!is_its_fault) return made;
  return not_ready(Outcome::kTimeout, "it took longer than is allowed");
}

Result<Made> PreviewProcess::follow(const Context& context, ChildProcess& child,
                                    BlobContent& content) const {
  const auto fed = process::feed(child, content, context.deadline);
  if (!fed) return fed.error();
  auto reader = read_frames(child, context.deadline);
  if (!reader) return reader.error();
  if (!*reader) return not_ready(Outcome::kCrashed, "it did not keep to the protocol");
  const auto ending = child.wait(context.deadline);
  if (!ending) return ending.error();
  if (ending->signal == 0 && ending->exit_code == static_cast<int>(ExitCode::kDone)) {
    return made_of(**reader);
  }
  std::string detail = describe(*ending, child.errors());
  if (ending->exit_code == static_cast<int>(ExitCode::kNotConfined)) {
    return Error{.code = Code::kUnavailable,
                 .message = "The service is temporarily unavailable.",
                 .detail = "vigie-preview could not be confined: " + detail};
  }
  return not_ready(outcome_of(*ending), std::move(detail));
}

}  // namespace vigie::preview
