#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/domain/blob_store.hpp"

namespace vigie::fakes {

/// Bytes in pieces.
class TextSource : public domain::BlobSource {
 public:
  explicit TextSource(std::string text, std::size_t piece_bytes = 7)
      : text_(std::move(text)), piece_bytes_(piece_bytes) {}
  domain::Result<std::string_view> next() override {
    if (failure_ && at_ >= fails_at_) return *failure_;
    const auto piece = std::string_view(text_).substr(at_, piece_bytes_);
    at_ += piece.size();
    return piece;
  }
  /// As a client that goes away, once so many bytes have come.
  void fail_at(std::size_t bytes, domain::Error error) {
    fails_at_ = bytes;
    failure_ = std::move(error);
  }

 private:
  std::string text_;
  std::size_t piece_bytes_;
  std::size_t at_ = 0;
  std::size_t fails_at_ = 0;
  std::optional<domain::Error> failure_;
};

/// A content that lies in a file.
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
/// One that comes from elsewhere.
inline domain::BlobContent in_pieces(std::string content, std::size_t piece_bytes = 7) {
  return std::make_unique<TextSource>(std::move(content), piece_bytes);
}

}  // namespace vigie::fakes
