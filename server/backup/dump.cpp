#include "server/backup/dump.hpp"

#include <cstdint>
#include <memory>
#include <utility>

#include "server/process/blob_input.hpp"
#include "server/process/child_process.hpp"

namespace vigie::backup {
namespace {

using domain::BlobStore;
using domain::Code;
using domain::Context;
using domain::Error;
using domain::Result;
using process::ChildProcess;
using process::Ending;

/// Of all parts but the last: what is in memory.
constexpr std::size_t kPartBytes = std::size_t{8} * 1024 * 1024;

Error unavailable(std::string detail) {
  return {.code = Code::kUnavailable,
          .message = "The service is temporarily unavailable.",
          .detail = std::move(detail)};
}

std::string describe(std::string_view program, const Ending& ending, const ChildProcess& child) {
  const std::string how = ending.signal != 0 ? "signal " + std::to_string(ending.signal)
                                             : "exit code " + std::to_string(ending.exit_code);
  return std::string(program) + ": " + how + ": " + std::string(child.errors());
}

bool is_done(const Ending& ending) { return ending.signal == 0 && ending.exit_code == 0; }

/// Keeps what comes in parts of the store.
class PartWriter {
 public:
  PartWriter(const Context& context, BlobStore& blobs, const domain::BlobKey& upload)
      : context_(context), blobs_(blobs), plan_{.upload = upload, .parts = {}} {}

  Result<void> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view fits = bytes.substr(0, kPartBytes - buffer_.size());
      buffer_ += fits;
      bytes.remove_prefix(fits.size());
      if (buffer_.size() < kPartBytes) continue;
      if (auto kept = keep(); !kept) return kept;
    }
    return {};
  }
  Result<void> end() { return buffer_.empty() ? Result<void>() : keep(); }

  const domain::JoinPlan& plan() const { return plan_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  Result<void> keep() {
    const auto number = static_cast<std::uint32_t>(plan_.parts.size() + 1);
    auto sink = blobs_.write_part(
        context_,
        {.upload = plan_.upload, .number = number, .offset = bytes_, .bytes = buffer_.size()});
    if (!sink) return std::move(sink).error();
    if (auto written = (*sink)->write(buffer_); !written) return written;
    auto receipt = (*sink)->commit();
    if (!receipt) return std::move(receipt).error();
    plan_.parts.push_back(std::move(*receipt));
    bytes_ += buffer_.size();
    buffer_.clear();
    return {};
  }

  const Context& context_;
  BlobStore& blobs_;
  domain::JoinPlan plan_;
  std::string buffer_;
  std::uint64_t bytes_ = 0;
};

Result<void> write_output(const Context& context, ChildProcess& child, PartWriter& writer) {
  for (;;) {
    const auto bytes = child.read(context.deadline);
    if (!bytes) return bytes.error();
    if (bytes->empty()) break;
    if (auto written = writer.write(*bytes); !written) return written;
  }
  const auto ending = child.wait(context.deadline);
  if (!ending) return ending.error();
  if (!is_done(*ending)) return unavailable(describe("pg_dump", *ending, child));
  return writer.end();
}

Result<Dump> join(const Context& context, BlobStore& blobs, const PartWriter& writer,
                  const domain::BlobKey& key) {
  const auto hash = blobs.hash(context, writer.plan());
  if (!hash) return hash.error();
  if (auto joined = blobs.join(context, writer.plan(), key); !joined) return joined.error();
  return Dump{.bytes = writer.bytes(), .hash = *hash};
}

/// A child that has ended, and its standard output.
struct Finished {
  std::unique_ptr<ChildProcess> child;
  std::string output;
  Ending ending;
};

Result<Finished> finish(const Context& context, std::unique_ptr<ChildProcess> child) {
  constexpr std::size_t kOutputBytesMax = 4096;
  std::string output;
  for (;;) {
    const auto bytes = child->read(context.deadline);
    if (!bytes) return bytes.error();
    if (bytes->empty()) break;
    output += bytes->substr(0, kOutputBytesMax - output.size());
  }
  const auto ending = child->wait(context.deadline);
  if (!ending) return ending.error();
  return Finished{std::move(child), std::move(output), *ending};
}

/// Runs a program whose standard input is the object.
Result<Finished> run_on(const Context& context, BlobStore& blobs, const domain::BlobKey& key,
                        process::Command command) {
  const auto facts = blobs.find(context, key);
  if (!facts) return facts.error();
  if (!*facts) {
    return Error{.code = Code::kNotFound, .message = "There is no such backup.", .detail = key};
  }
  auto content = blobs.open(context, key, 0, (*facts)->bytes);
  if (!content) return std::move(content).error();
  auto child = process::start_on(*content, std::move(command));
  if (!child) return std::move(child).error();
  const auto fed = process::feed(**child, *content, context.deadline);
  if (!fed) return fed.error();
  return finish(context, *std::move(child));
}

}  // namespace

Result<Dump> dump(const Context& context, const Programs& programs, const std::string& snapshot,
                  BlobStore& blobs, const DumpPlace& place) {
  auto child = ChildProcess::start(
      {.program = programs.directory + "/pg_dump",
       .arguments = {"--format=custom", "--no-password", "--snapshot=" + snapshot},
       .environment = programs.environment,
       .input = {}});
  if (!child) return std::move(child).error();
  (*child)->close_input();
  PartWriter writer(context, blobs, place.upload);
  const auto written = write_output(context, **child, writer);
  auto made = written ? join(context, blobs, writer, place.key) : Result<Dump>(written.error());
  if (!made) {
    // What is left of it, should this fail too, is an upload that nobody knows: the sweeper's.
    [[maybe_unused]] const auto abandoned = blobs.abandon(context, place.upload);
  }
  return made;
}

Result<Restoration> restore(const Context& context, const Programs& programs, BlobStore& blobs,
                            const domain::BlobKey& key, const std::string& scratch) {
  // Our tables alone: extensions are the administrator's, and need rights that this has not.
  const auto finished = run_on(
      context, blobs, key,
      {.program = programs.directory + "/pg_restore",
       .arguments = {"--dbname=" + scratch, "--schema=public", "--no-owner", "--no-privileges",
                     "--no-password", "--exit-on-error", "--single-transaction"},
       .environment = programs.environment,
       .input = {}});
  if (!finished) return finished.error();
  if (is_done(finished->ending)) return Restoration{};
  return Restoration{.fault = describe("pg_restore", finished->ending, *finished->child)};
}

Result<std::string> digest(const Context& context, BlobStore& blobs, const domain::BlobKey& key) {
  const auto finished =
      run_on(context, blobs, key,
             {.program = "/usr/bin/sha256sum", .arguments = {}, .environment = {}, .input = {}});
  if (!finished) return finished.error();
  if (!is_done(finished->ending)) {
    return unavailable(describe("sha256sum", finished->ending, *finished->child));
  }
  return finished->output.substr(0, finished->output.find(' '));
}

}  // namespace vigie::backup
