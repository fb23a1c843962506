#include "server/net/chunk_extension.hpp"

#include <string_view>

#include "server/net/request_syntax.hpp"

namespace vigie::net {
namespace {

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

bool is_token_character(char c) noexcept { return is_token(std::string_view(&c, 1)); }

/// Blanks, visible characters, and whatever is not ASCII.
bool is_text(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

bool ChunkExtension::take(char c) noexcept {
  switch (state_) {
    case State::kBeforeName:
      return is_blank(c) || (is_token_character(c) && enter(State::kName));
    case State::kName:
      return is_token_character(c) || take_separator(c);
    case State::kAfterName:
      return is_blank(c) || take_separator(c);
    case State::kBeforeValue:
      if (c == '"') return enter(State::kQuoted);
      return is_blank(c) || (is_token_character(c) && enter(State::kToken));
    case State::kToken:
      if (is_token_character(c)) return true;
      break;
    case State::kQuoted:
      if (c == '"') return enter(State::kAfterQuoted);
      if (c == '\\') return enter(State::kEscaped);
      return is_text(c);
    case State::kEscaped:
      return is_text(c) && enter(State::kQuoted);
    case State::kBeforeSemicolon:
    case State::kAfterQuoted:
      break;
  }
  if (is_blank(c)) return enter(State::kBeforeSemicolon);
  return c == ';' && enter(State::kBeforeName);
}

/// Behind a name.
bool ChunkExtension::take_separator(char c) noexcept {
  if (c == '=') return enter(State::kBeforeValue);
  if (c == ';') return enter(State::kBeforeName);
  return is_blank(c) && enter(State::kAfterName);
}

}  // namespace vigie::net
