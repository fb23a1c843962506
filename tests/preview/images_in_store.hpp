#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "server/domain/blob_store.hpp"

namespace vigie::preview::testing {

/// A content that arrives in pieces.
class PieceByPiece : public domain::BlobSource {
 public:
  explicit PieceByPiece(std::string content, std::size_t piece = 10'000)
      : content_(std::move(content)), piece_(piece) {}
  domain::Result<std::string_view> next() override {
    const std::string_view part = std::string_view(content_).substr(place_, piece_);
    place_ += part.size();
    return part;
  }

 private:
  std::string content_;
  std::size_t piece_;
  std::size_t place_ = 0;
};

inline domain::BlobContent in_file(std::string_view content) {
  core::Descriptor file(::memfd_create("blob", MFD_CLOEXEC));
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written <= 0) break;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}
inline domain::BlobContent in_pieces(std::string content) {
  return std::make_unique<PieceByPiece>(std::move(content));
}

}  // namespace vigie::preview::testing
