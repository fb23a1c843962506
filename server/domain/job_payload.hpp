#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vigie::domain {

// A job's payload is a flat JSON object whose values are texts: ids, hashes, types and times. The
// engine may store it in another layout.

/// The text of a member; nothing when there is none, or the payload is no JSON object.
std::optional<std::string> payload_text(std::string_view payload, std::string_view name);

/// `{"a":"1","b":"2"}` of names and values. Pre: each name is given once.
class PayloadWriter {
 public:
  PayloadWriter& text(std::string_view name, std::string_view value);
  std::string take();

 private:
  std::string text_;
};

}  // namespace vigie::domain
