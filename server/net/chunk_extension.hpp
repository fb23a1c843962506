#pragma once

#include <cstdint>

namespace vigie::net {

/// Checks the extensions of a chunk byte by byte (RFC 9112, section 7.1.1): names, and perhaps
/// values that are tokens or quoted strings, each behind a semicolon. What they say is ignored, as
/// the section asks of who does not know them; that they are well formed is what tells where the
/// line ends.
class ChunkExtension {
 public:
  /// For the next chunk.
  void reset() noexcept { state_ = State::kBeforeSemicolon; }
  /// Everything behind the size, up to the end of the line. False: malformed.
  bool take(char c) noexcept;
  /// Whether the line may end here.
  bool may_end() const noexcept {
    return state_ == State::kName || state_ == State::kToken || state_ == State::kAfterQuoted;
  }

 private:
  enum class State : std::uint8_t {
    kBeforeSemicolon,  // behind blanks
    kBeforeName,
    kName,
    kAfterName,  // behind a name and blanks
    kBeforeValue,
    kToken,
    kQuoted,
    kEscaped,  // in a quoted string, behind a backslash
    kAfterQuoted,
  };

  bool enter(State state) noexcept {
    state_ = state;
    return true;
  }
  bool take_separator(char c) noexcept;

  State state_ = State::kBeforeSemicolon;
};

}  // namespace vigie::net
