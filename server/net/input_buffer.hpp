#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vigie::net {

/// Bytes received and not yet read, in order.
class InputBuffer {
 public:
  std::string_view view() const noexcept { return std::string_view(text_).substr(at_); }
  bool empty() const noexcept { return at_ == text_.size(); }
  std::size_t size() const noexcept { return text_.size() - at_; }

  void append(std::string_view bytes) {
    if (empty()) clear();
    text_ += bytes;
  }
  void consume(std::size_t bytes) noexcept {
    at_ += bytes;
    if (empty()) clear();
  }
  /// Puts bytes back before all others.
  void put_back(std::string_view bytes) {
    if (bytes.empty()) return;
    text_.replace(0, at_, bytes);
    at_ = 0;
  }
  void clear() noexcept {
    text_.clear();
    at_ = 0;
    if (text_.capacity() > kKeptBytesMax) text_.shrink_to_fit();
  }

 private:
  static constexpr std::size_t kKeptBytesMax = 4096;
  std::string text_;
  std::size_t at_ = 0;
};

}  // namespace vigie::net
