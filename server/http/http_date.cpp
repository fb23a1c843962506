#include "server/http/http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace vigie::http {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::string_view kForm = "Sun, 06 Nov 1994 08:49:37 GMT";

void append_number(std::string& text, int value, int digits) {
  const std::string number = std::to_string(value);
  text.append(static_cast<std::size_t>(std::max(0, digits - static_cast<int>(number.size()))), '0');
  text += number;
}

/// -1 unless all of it is digits.
int number_of(std::string_view digits) {
  int value = -1;
  const char* const end = digits.data() + digits.size();
  const bool is_plain = digits.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_plain || std::from_chars(digits.data(), end, value).ptr != end) return -1;
  return value;
}

}  // namespace

std::string http_date(domain::Timestamp time) {
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(time - day)};
  std::string text(kDays[weekday{day}.c_encoding()]);
  text += ", ";
  append_number(text, static_cast<int>(static_cast<unsigned>(date.day())), 2);
  text += ' ';
  text += kMonths[static_cast<unsigned>(date.month()) - 1];
  text += ' ';
  append_number(text, static_cast<int>(date.year()), 4);
  text += ' ';
  append_number(text, static_cast<int>(clock.hours().count()), 2);
  text += ':';
  append_number(text, static_cast<int>(clock.minutes().count()), 2);
  text += ':';
  append_number(text, static_cast<int>(clock.seconds().count()), 2);
  return text + " GMT";
}

std::optional<domain::Timestamp> parse_http_date(std::string_view text) {
  if (text.size() != kForm.size() || !text.ends_with(" GMT")) return std::nullopt;
  const auto* const month = std::find(kMonths.begin(), kMonths.end(), text.substr(8, 3));
  if (month == kMonths.end()) return std::nullopt;
  const year_month_day date{year{number_of(text.substr(12, 4))},
                            std::chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
                            day{static_cast<unsigned>(number_of(text.substr(5, 2)))}};
  const int hour = number_of(text.substr(17, 2));
  const int minute = number_of(text.substr(20, 2));
  const int second = number_of(text.substr(23, 2));
  const bool is_time =
      hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
  if (!date.ok() || !is_time) return std::nullopt;
  const domain::Timestamp time = sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
  // What is written back differently was not of the form.
  return http_date(time) == text ? std::optional{time} : std::nullopt;
}

}  // namespace vigie::http
