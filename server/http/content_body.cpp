#include "server/http/content_body.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace vigie::http {
namespace {

using domain::BlobContent;
using domain::BlobSource;
using domain::Result;

/// A content that comes from elsewhere while it is sent. The request's exchange and its trace have
/// ended by then: nothing of them is used.
class Streamed {
 public:
  Streamed(domain::MediaLibrary& library, const domain::Context& context,
           const domain::Readable& readable, BodyPlan plan)
      : library_(library),
        correlation_id_(context.correlation_id),
        context_(context),
        readable_(readable),
        plan_(std::move(plan)) {
    context_.correlation_id = correlation_id_;
    context_.trace = nullptr;
    context_.client_address = {};
  }
  Streamed(const Streamed&) = delete;
  Streamed& operator=(const Streamed&) = delete;

  Result<BlobContent> open(const ByteRange& range) {
    return library_.open(context_, readable_, range.offset, range.length);
  }
  void begin_with(std::unique_ptr<BlobSource> first) { source_ = std::move(first); }

  /// What ends early is noticed by its length.
  void produce(BodyWriter& writer) {
    for (const BodyPlan::Piece& piece : plan_.pieces) {
      if (!piece.before.empty() && !writer.write(piece.before)) return;
      if (!source_ && !open_next(piece.range)) return;
      if (!send_source(writer)) return;
      source_.reset();
    }
    if (!plan_.end.empty()) writer.write(plan_.end);
  }

 private:
  bool open_next(const ByteRange& range) {
    auto content = open(range);
    if (!content) return false;
    auto* const source = std::get_if<std::unique_ptr<BlobSource>>(&*content);
    if (source == nullptr) return false;
    source_ = std::move(*source);
    return true;
  }
  bool send_source(BodyWriter& writer) {
    while (true) {
      const auto bytes = source_->next();
      if (!bytes) return false;
      if (bytes->empty()) return true;
      if (!writer.write(*bytes)) return false;
    }
  }

  domain::MediaLibrary& library_;
  std::string correlation_id_;
  domain::Context context_;
  domain::Readable readable_;
  BodyPlan plan_;
  std::unique_ptr<BlobSource> source_;
};

FileRange file_range(core::Descriptor file, const ByteRange& range) {
  return {std::move(file), range.offset, range.length};
}

/// Each range with a descriptor of its own.
Result<ContentBody> of_files(Streamed& streamed, core::Descriptor first, const BodyPlan& plan) {
  BodyPieces body;
  for (const BodyPlan::Piece& piece : plan.pieces) {
    if (!first) {
      auto content = streamed.open(piece.range);
      if (!content) return std::move(content).error();
      auto* const file = std::get_if<core::Descriptor>(&*content);
      if (file == nullptr) return domain::Error{.detail = "a store has files and has not"};
      first = std::move(*file);
    }
    body.pieces.emplace_back(piece.before);
    body.pieces.emplace_back(file_range(std::move(first), piece.range));
  }
  body.pieces.emplace_back(plan.end);
  return ContentBody(std::move(body));
}

std::chrono::steady_clock::time_point deadline_of(const BodyPlan& plan, std::uint64_t rate_min,
                                                  const domain::Context& context) {
  return context.deadline + std::chrono::seconds(plan.length() / rate_min);
}

}  // namespace

std::uint64_t BodyPlan::length() const noexcept {
  std::uint64_t bytes = end.size();
  for (const Piece& piece : pieces) bytes += piece.before.size() + piece.range.length;
  return bytes;
}

Result<ContentBody> content_body(Resources& resources, const Exchange& exchange,
                                 const domain::Readable& readable, BodyPlan plan) {
  const std::uint64_t length = plan.length();
  if (exchange.request.method == Method::kHead) {
    return ContentBody(BodyStream{.produce = [](BodyWriter&) {}, .length = length});
  }
  domain::Context context = exchange.context;
  context.deadline = deadline_of(plan, resources.delivery.rate_min, context);
  // Owned by the body that is sent, which std::function makes copyable.
  auto streamed = std::make_shared<Streamed>(resources.media_library, context, readable, plan);
  auto content = streamed->open(plan.pieces.front().range);
  if (!content) return std::move(content).error();
  if (auto* source = std::get_if<std::unique_ptr<BlobSource>>(&*content)) {
    streamed->begin_with(std::move(*source));
    return ContentBody(
        BodyStream{.produce = [streamed](BodyWriter& writer) { streamed->produce(writer); },
                   .length = length});
  }
  auto file = std::get<core::Descriptor>(*std::move(content));
  const bool is_one = plan.pieces.size() == 1 && plan.end.empty();
  if (is_one) return ContentBody(file_range(std::move(file), plan.pieces.front().range));
  return of_files(*streamed, std::move(file), plan);
}

}  // namespace vigie::http
