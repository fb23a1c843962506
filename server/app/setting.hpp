#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "server/app/config.hpp"

namespace vigie::app {

struct IntegerField {
  std::int64_t Config::*of;
  std::int64_t min;
  std::int64_t max;
};

struct DurationField {
  std::chrono::milliseconds Config::*of;
  std::int64_t min_ms;
  std::int64_t max_ms;
};

struct FlagField {
  bool Config::*of;
};

struct ChoiceField {
  std::string Config::*of;
  std::array<std::string_view, 6> choices;  // literals
};

struct TextField {
  std::string Config::*of;
  bool is_required;
};

/// One environment variable: where it is stored, its bounds, and the words of its documentation,
/// which are literals.
struct Setting {
  std::string_view name;
  std::variant<IntegerField, DurationField, FlagField, ChoiceField, TextField> field;
  std::string_view unit;
  std::string_view help;
  /// May hold a password: its value is told to nobody.
  bool is_secret = false;
};

/// The table of all settings, in the order of the documentation.
std::span<const Setting> settings();

}  // namespace vigie::app
