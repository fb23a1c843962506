#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/clock.hpp"
#include "server/domain/field_faults.hpp"
#include "server/http/json.hpp"

namespace vigie::http {

/// What a member's absence and its `null` mean.
enum class Presence : std::uint8_t {
  kRequired,  // both are faults
  kOptional,  // both leave it out
  kKept,      // of a merge patch: absent keeps what there is, null is a fault
  kReset,     // of a merge patch: absent keeps what there is, null makes it empty
};

/// Takes the members of a JSON object one by one and gathers what is wrong with them: a member that
/// is missing, of another kind, or that nobody asked for. Uses the object it was given, which must
/// outlive it.
class ObjectReader {
 public:
  /// `pointer` is that of `value`. A value that is no object is a fault, and has no members.
  ObjectReader(const JsonValue& value, std::string pointer, domain::FieldFaults& faults);

  /// Composed (NFC): whatever form a client types, it is one text.
  std::optional<std::string> text(std::string_view name, Presence presence);
  /// Byte for byte: passwords and tokens are compared, never shown.
  std::optional<std::string> secret(std::string_view name, Presence presence);
  /// Each composed.
  std::optional<std::vector<std::string>> texts(std::string_view name, Presence presence);
  std::optional<std::int64_t> integer(std::string_view name, Presence presence);
  std::optional<double> number(std::string_view name, Presence presence);
  std::optional<domain::Timestamp> time(std::string_view name, Presence presence);
  /// The member as it is, for a reader of its own; null when absent.
  const JsonValue* member(std::string_view name);
  /// To be called last: whatever was not asked for is a fault.
  void finish();

  std::string pointer_of(std::string_view name) const;

 private:
  /// The member, unless its absence or null has been dealt with.
  struct Found {
    const JsonValue* value = nullptr;
    bool is_reset = false;
  };
  Found find(std::string_view name, Presence presence);
  void refuse(std::string_view name, std::string message);

  const JsonValue::Object* object_;  // null: it was none, which has been said
  std::string pointer_;
  domain::FieldFaults& faults_;
  std::vector<std::string_view> known_;  // literals
};

}  // namespace vigie::http
