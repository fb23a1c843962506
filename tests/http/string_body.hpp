#pragma once

#include <optional>
#include <string>
#include <utility>

#include "server/http/message.hpp"

namespace vigie::http {

/// A body that arrives in pieces, and may fail after the last of them.
class StringBody : public BodyReader {
 public:
  explicit StringBody(std::string text, std::optional<domain::Code> failure = std::nullopt,
                      std::size_t piece_bytes = 7)
      : text_(std::move(text)), failure_(failure), piece_bytes_(piece_bytes) {}

  domain::Result<std::string_view> next() override {
    const auto piece = std::string_view(text_).substr(at_, piece_bytes_);
    at_ += piece.size();
    if (piece.empty() && failure_) return domain::Error{.code = *failure_, .detail = "secret"};
    return piece;
  }
  std::optional<std::uint64_t> length() const noexcept override { return std::nullopt; }
  bool was_read() const { return at_ > 0; }

 private:
  std::string text_;
  std::optional<domain::Code> failure_;
  std::size_t piece_bytes_;
  std::size_t at_ = 0;
};

}  // namespace vigie::http
