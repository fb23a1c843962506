#include "server/http/openapi_parts.hpp"

#include <cassert>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace vigie::http {
namespace {

using Json = nlohmann::ordered_json;
using Values = std::map<std::string, Json>;  // by "$name$"

Json value_of(const OpenapiValue& value) {
  if (value.list.empty()) return value.limit;
  Json list = Json::array();
  for (const std::string_view name : value.list) list.push_back(name);
  return list;
}

std::string words_of(const Json& value) {
  if (!value.is_array()) return value.dump();
  std::string words;
  for (const Json& word : value) {
    words.append(words.empty() ? "" : ", ").append(word.get_ref<const std::string&>());
  }
  return words;
}

Json filled(std::string text, const Values& values) {
  if (const auto whole = values.find(text); whole != values.end()) return whole->second;
  for (const auto& [name, value] : values) {
    const std::size_t at = text.find(name);
    if (at != std::string::npos) text.replace(at, name.size(), words_of(value));
  }
  return text;
}

void fill(Json& node, const Values& values) {
  if (node.is_string())
    node = filled(node.get<std::string>(), values);
  else if (node.is_structured()) {
    for (Json& child : node) fill(child, values);
  }
}

void add(Json& all, Json part) {
  for (auto& [kind, members] : part.items()) {
    for (auto& [name, member] : members.items()) {
      // A name belongs to one part.
      assert(!all[kind].contains(name));
      all[kind][name] = std::move(member);
    }
  }
}

}  // namespace

Json openapi_parts(std::span<const OpenapiPart> parts) {
  Json all;
  Values values;
  for (const OpenapiPart& part : parts) {
    add(all, Json::parse(part.json));
    for (const OpenapiValue& value : part.values) {
      values.emplace('$' + std::string(value.name) + '$', value_of(value));
    }
  }
  for (const char* const kind : {"patterns", "examples"}) {
    for (const auto& [name, value] : all[kind].items()) values.emplace('$' + name + '$', value);
  }
  fill(all, values);
  return all;
}

}  // namespace vigie::http
