#include "server/domain/media_type.hpp"

#include <algorithm>

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

Error not_allowed(std::string message) {
  return {.code = Code::kMediaTypeNotAllowed, .message = std::move(message)};
}

}  // namespace

const MediaType* find_media_type(std::string_view name) noexcept {
  const auto* const found = std::find_if(kMediaTypes.begin(), kMediaTypes.end(),
                                         [&](const MediaType& t) { return is_named(t, name); });
  return found == kMediaTypes.end() ? nullptr : found;
}

Result<const MediaType*> accepted_type(std::string_view declared, std::string_view sniffed) {
  const MediaType* const type = find_media_type(sniffed);
  if (type == nullptr) return not_allowed("The content is of no type that is taken.");
  if (find_media_type(declared) == type) return type;
  return not_allowed("The content is " + std::string(type->name) +
                     " and not of the type that was declared.");
}

}  // namespace vigie::domain
