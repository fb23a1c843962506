#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/config.hpp"

namespace vigie::telemetry {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Reads typed variables and gathers every fault with the variable's name and its limit. An empty
/// variable counts as unset, as OpenTelemetry says.
class EnvironmentReader {
 public:
  explicit EnvironmentReader(const Environment& environment) : environment_(environment) {}

  std::optional<std::string> text(const std::string& name) const;
  /// The first of the two that is set: the name of a signal's own variable, then the general one.
  std::optional<std::pair<std::string, std::string>> first_of(const std::string& name,
                                                              const std::string& general) const;
  void count(const std::string& name, std::size_t& value, std::size_t least, std::size_t most);
  void milliseconds(const std::string& name, std::chrono::milliseconds& value, std::int64_t most);
  void flag(const std::string& name, bool& value);
  /// "a=b,c=d", values percent-encoded (W3C Baggage, as OpenTelemetry's lists are).
  Pairs pairs(const std::string& name);

  void fault(const std::string& name, std::string_view message);
  std::vector<std::string> take_faults() { return std::move(faults_); }

 private:
  std::optional<std::int64_t> integer(const std::string& name, std::int64_t least,
                                      std::int64_t most);

  const Environment& environment_;
  std::vector<std::string> faults_;
};

}  // namespace vigie::telemetry
