#include "server/domain/part_writing.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "server/domain/media_head.hpp"

namespace vigie::domain {

Result<std::string_view> SharedSource::take(std::uint64_t bytes_max) {
  if (rest_.empty()) {
    auto next = source_.next();
    has_failed_ = !next.ok();
    if (!next) return next;
    rest_ = *next;
  }
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes_max, rest_.size()));
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

Result<void> SharedSource::is_at_end() {
  const auto next = take(1);
  if (!next) return next.error();
  if (next->empty()) return {};
  return Error{.code = Code::kChecksumMismatch,
               .message = "The content is longer than was declared."};
}

Result<std::string_view> PortionSource::next() {
  if (left_ == 0) return std::string_view{};
  auto taken = source_.take(left_);
  if (taken) left_ -= taken->size();
  return taken;
}

Error wrong_length(const PartPlace& place, std::uint64_t bytes) {
  return {.code = Code::kChecksumMismatch,
          .message = "Here " + std::to_string(place.bytes) + " bytes belong, not " +
                     std::to_string(bytes) + "."};
}

Result<MediaPart> write_all(PartSink& sink, const PartPlace& place, const UploadContent& content) {
  MediaPart part{.number = place.number, .receipt = {}, .head = {}};
  MediaHead head;
  std::uint64_t bytes = 0;
  while (true) {
    const auto piece = content.source.next();
    if (!piece) return piece.error();
    if (piece->empty()) break;
    bytes += piece->size();
    if (bytes > place.bytes) return wrong_length(place, bytes);
    if (place.number == 1) head.add(*piece);
    if (auto written = sink.write(*piece); !written) return std::move(written).error();
  }
  if (bytes != place.bytes) return wrong_length(place, bytes);
  auto receipt = sink.commit();
  if (!receipt) return std::move(receipt).error();
  if (content.hash && receipt->hash != *content.hash) {
    return Error{.code = Code::kChecksumMismatch,
                 .message = "The content has the SHA-256 " + receipt->hash.to_string() +
                            ", not the one that was sent with it."};
  }
  part.receipt = *std::move(receipt);
  part.head = std::move(head).take();
  return part;
}

}  // namespace vigie::domain
