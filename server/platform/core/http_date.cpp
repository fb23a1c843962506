#include "server/platform/core/http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace vigie::core {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

void append_number(std::string& text, int value, int digits) {
  const std::string number = std::to_string(value);
  text.append(static_cast<std::size_t>(std::max(0, digits - static_cast<int>(number.size()))), '0');
  text += number;
}

/// Takes a date apart from the front; `is_valid` once everything was as asked for.
class DateScanner {
 public:
  explicit DateScanner(std::string_view text) : rest_(text) {}

  DateScanner& literal(std::string_view text) {
    is_valid_ &= rest_.starts_with(text);
    rest_.remove_prefix(std::min(text.size(), rest_.size()));
    return *this;
  }
  /// Exactly so many digits; the first may be a blank where `is_padded`.
  DateScanner& number(int& value, std::size_t digits, bool is_padded = false) {
    std::string_view text = rest_.substr(0, digits);
    is_valid_ &= text.size() == digits;
    rest_.remove_prefix(text.size());
    if (is_padded && text.starts_with(' ')) text.remove_prefix(1);
    is_valid_ &= !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return *this;
  }
  /// One of `names`; its place among them.
  template <std::size_t kCount>
  DateScanner& name(int& place, const std::array<std::string_view, kCount>& names) {
    const auto* const found = std::find_if(names.begin(), names.end(), [this](auto candidate) {
      return rest_.starts_with(candidate);
    });
    is_valid_ &= found != names.end();
    if (found == names.end()) return *this;
    place = static_cast<int>(found - names.begin());
    rest_.remove_prefix(found->size());
    return *this;
  }
  bool is_valid() const noexcept { return is_valid_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_valid_ = true;
};

/// What a date says, as numbers.
struct Fields {
  int week_day = 0;
  int day = 0;
  int month = 0;  // from 0
  int year = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;

  DateScanner& scan_time(DateScanner& scanner) {
    return scanner.number(hour, 2).literal(":").number(minute, 2).literal(":").number(second, 2);
  }
};

std::optional<Fields> read_imf_fixdate(std::string_view text) {
  Fields fields;
  DateScanner scanner(text);
  scanner.name(fields.week_day, kDays).literal(", ").number(fields.day, 2).literal(" ");
  scanner.name(fields.month, kMonths).literal(" ").number(fields.year, 4).literal(" ");
  fields.scan_time(scanner).literal(" GMT");
  return scanner.is_valid() ? std::optional(fields) : std::nullopt;
}

std::optional<Fields> read_rfc850_date(std::string_view text) {
  Fields fields;
  DateScanner scanner(text);
  scanner.name(fields.week_day, kLongDays).literal(", ").number(fields.day, 2).literal("-");
  scanner.name(fields.month, kMonths).literal("-").number(fields.year, 2).literal(" ");
  fields.scan_time(scanner).literal(" GMT");
  return scanner.is_valid() ? std::optional(fields) : std::nullopt;
}

std::optional<Fields> read_asctime_date(std::string_view text) {
  Fields fields;
  DateScanner scanner(text);
  scanner.name(fields.week_day, kDays).literal(" ").name(fields.month, kMonths).literal(" ");
  scanner.number(fields.day, 2, true).literal(" ");
  fields.scan_time(scanner).literal(" ").number(fields.year, 4);
  return scanner.is_valid() ? std::optional(fields) : std::nullopt;
}

year_month_day date_of(const Fields& fields) {
  return {year{fields.year}, month{static_cast<unsigned>(fields.month) + 1},
          day{static_cast<unsigned>(fields.day)}};
}

/// The second 60 is a leap second: the one after 59 where, as here, there are none.
std::optional<HttpTime> time_of(const Fields& fields) {
  const year_month_day date = date_of(fields);
  const bool is_time = fields.hour < 24 && fields.minute < 60 && fields.second <= 60;
  if (!date.ok() || !is_time) return std::nullopt;
  return sys_days{date} + hours{fields.hour} + minutes{fields.minute} + seconds{fields.second};
}

bool is_on_its_day(const Fields& fields) {
  const year_month_day date = date_of(fields);
  return date.ok() &&
         weekday{sys_days{date}}.c_encoding() == static_cast<unsigned>(fields.week_day);
}

/// The latest year of these two digits that is not more than 50 years after `now`. The day of the
/// week is not held against it: which century was meant is what nobody knows.
std::optional<HttpTime> time_of_short_year(Fields fields, HttpTime now) {
  const year_month_day today{floor<days>(now)};
  const auto latest = sys_days{(today.year() + years{50}) / today.month() / 1} +
                      (sys_days{today} - sys_days{today.year() / today.month() / 1}) +
                      (now - floor<days>(now));
  fields.year += static_cast<int>(today.year()) / 100 * 100 + 100;
  for (int century = 0; century < 3; ++century, fields.year -= 100) {
    if (const auto time = time_of(fields); time && *time <= latest) return time;
  }
  return std::nullopt;
}

}  // namespace

std::string http_date(HttpTime time) {
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

std::optional<HttpTime> parse_http_date(std::string_view text, HttpTime now) {
  if (const auto fields = read_rfc850_date(text)) return time_of_short_year(*fields, now);
  auto fields = read_imf_fixdate(text);
  if (!fields) fields = read_asctime_date(text);
  if (!fields || !is_on_its_day(*fields)) return std::nullopt;
  return time_of(*fields);
}

}  // namespace vigie::core
