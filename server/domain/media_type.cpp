#include "server/domain/media_type.hpp"

#include <algorithm>
#include <utility>

#include "server/domain/media_recognition.hpp"

namespace vigie::domain {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool is_same(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool is_named(const MediaType& type, std::string_view name) noexcept {
  if (is_same(type.name, name)) return true;
  return !name.empty() && std::any_of(type.aliases.begin(), type.aliases.end(),
                                      [&](std::string_view alias) { return is_same(alias, name); });
}

/// By its own name alone: an alias is what clients say.
const MediaType* recognised_by_name(std::string_view name) noexcept {
  const auto* const found = std::find_if(kMediaTypes.begin(), kMediaTypes.end(),
                                         [&](const MediaType& t) { return t.name == name; });
  return found == kMediaTypes.end() ? nullptr : found;
}

Error not_allowed(std::string message) {
  return {.code = Code::kMediaTypeNotAllowed, .message = std::move(message)};
}

}  // namespace

const MediaType* find_media_type(std::string_view name) noexcept {
  const auto* const found = std::find_if(kMediaTypes.begin(), kMediaTypes.end(),
                                         [&](const MediaType& t) { return is_named(t, name); });
  return found == kMediaTypes.end() ? nullptr : found;
}

const MediaType* declared_media_type(std::string_view declared) noexcept {
  constexpr std::string_view kBlanks = " \t";
  std::string_view name = declared.substr(0, declared.find(';'));
  name.remove_prefix(std::min(name.find_first_not_of(kBlanks), name.size()));
  name = name.substr(0, name.find_last_not_of(kBlanks) + 1);
  return find_media_type(name);
}

std::string accepted_type_names() {
  std::string names;
  for (const MediaType& type : kMediaTypes) {
    names.append(names.empty() ? "" : ", ").append(type.name);
  }
  return names;
}

Result<const MediaType*> accepted_type(std::string_view declared, std::string_view recognised) {
  const MediaType* const type = recognised_by_name(recognised);
  if (type != nullptr && declared_media_type(declared) == type) return type;
  std::string message = recognised == kUnknownType ? "The content is of no type that is known here"
                                                   : "The content is " + std::string(recognised);
  message.append(", and was declared as ").append(declared).append(". ");
  message.append(type == nullptr ? "This is not one of the accepted types: " : "Accepted types: ");
  return not_allowed(message + accepted_type_names() + ".");
}

}  // namespace vigie::domain
