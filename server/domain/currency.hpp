#pragma once

#include <string_view>

namespace vigie::domain {

/// Whether `code` is the alphabetic ISO 4217 code of a currency one can pay with today: the active
/// list without funds, precious metals, test and bookkeeping codes.
bool is_currency(std::string_view code) noexcept;

}  // namespace vigie::domain
