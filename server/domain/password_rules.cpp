#include "server/domain/password_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "server/domain/text.hpp"

namespace vigie::domain {
namespace {

/// What is added to a known word counts as a password of its own from so many characters on.
constexpr std::size_t kAdditionMin = 8;
/// Shorter words are in too many others.
constexpr std::size_t kWordMin = 4;
/// A pattern as short as this is no word.
constexpr std::size_t kPatternMax = 4;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string_view text) {
  std::string copy{text};
  for (char& c : copy) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return copy;
}

/// Code points; of what is not UTF-8, bytes that begin one.
std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// The text without digits and signs before and behind it.
std::string_view core_of(std::string_view text) {
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
  return text;
}

/// How soon the text begins anew; its length when it never does.
std::size_t period_of(std::string_view text) {
  for (std::size_t period = 1; period < text.size(); ++period) {
    if (text.substr(period) == text.substr(0, text.size() - period)) return period;
  }
  return text.size();
}

/// Each character follows the one before it, up or down: abcdefghijkl, 987654321098.
bool is_sequence(std::string_view text) {
  const auto step = [](char from, char to) {
    const bool are_digits = is_digit(from) && is_digit(to);
    if (are_digits && from == '9' && to == '0') return 1;
    if (are_digits && from == '0' && to == '9') return -1;
    return to - from;
  };
  const int first = text.size() > 1 ? step(text[0], text[1]) : 0;
  if (first != 1 && first != -1) return false;
  for (std::size_t at = 2; at < text.size(); ++at) {
    if (step(text[at - 1], text[at]) != first) return false;
  }
  return true;
}

/// The word, and so little besides that whoever knows it has hardly anything to guess.
bool is_made_of(std::string_view text, std::string_view word) {
  return word.size() >= kWordMin && text.find(word) != std::string_view::npos &&
         characters_of(text) - characters_of(word) < kAdditionMin;
}

bool is_predictable(std::string_view text) {
  if (is_common_password(text) || is_sequence(text)) return true;
  const std::size_t period = period_of(text);
  const std::string_view unit = text.substr(0, period);
  if (period < text.size() &&
      (period <= kPatternMax || is_common_password(unit) || is_sequence(unit))) {
    return true;
  }
  const std::string_view core = core_of(text);
  return core.size() >= kWordMin && is_made_of(text, core) && is_common_password(core);
}

bool is_about(std::string_view text, const PasswordOwner& owner) {
  const std::string email = lower(owner.email);
  const std::string_view local = std::string_view(email).substr(0, email.find('@'));
  return text == email || is_made_of(text, email) || is_made_of(text, local) ||
         is_made_of(text, lower(owner.display_name));
}

void check_length(FieldFaults& faults, const std::string& pointer, std::size_t characters) {
  using std::to_string;
  if (characters < PasswordLimits::kCharactersMin) {
    faults.add(pointer,
               "must have at least " + to_string(PasswordLimits::kCharactersMin) + " characters");
  }
  if (characters > PasswordLimits::kCharactersMax) {
    faults.add(pointer,
               "must have at most " + to_string(PasswordLimits::kCharactersMax) + " characters");
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (std::size_t end = text.find(' '); end != std::string_view::npos; end = text.find(' ')) {
    words.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return words;
}

}  // namespace

void check_password(FieldFaults& faults, std::string_view pointer, std::string_view password,
                    const PasswordOwner& owner) {
  const std::string at{pointer};
  const std::size_t characters = characters_of(password);
  check_length(faults, at, characters);
  // What is too long is not looked at: some of it costs the square of the length.
  if (characters < PasswordLimits::kCharactersMin || characters > PasswordLimits::kCharactersMax) {
    return;
  }
  const std::string text = lower(password);
  if (const auto facts = facts_of(password); facts && facts->is_blank) {
    faults.add(at, "must not be blank");
  } else if (is_about(text, owner)) {
    faults.add(at, "must not be made of the e-mail address or the display name");
  } else if (is_predictable(text)) {
    faults.add(at, "is among the passwords that are tried first: take other words, or more");
  }
}

bool is_common_password(std::string_view text) {
  static const std::vector<std::string_view> kSorted = words_of(kCommonPasswords);
  return std::ranges::binary_search(kSorted, text);
}

}  // namespace vigie::domain
