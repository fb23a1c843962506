#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vigie::app {

/// The one of `known` that was most likely meant by `given`: at most two letters of it are others,
/// missing, too many or swapped, and fewer than half. Empty: none is near.
std::string_view nearest(std::string_view given, const std::vector<std::string_view>& known);

/// "; did you mean NAME?", or nothing when none is near.
std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& known);

}  // namespace vigie::app
