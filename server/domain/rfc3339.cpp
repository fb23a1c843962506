#include "server/domain/rfc3339.hpp"

#include <array>
#include <cassert>
#include <chrono>
#include <cstdint>

namespace vigie::domain {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr Timestamp kEarliest{
    sys_days{std::chrono::year{1} / std::chrono::January / 1}.time_since_epoch()};
constexpr Timestamp kEnd{
    sys_days{std::chrono::year{10'000} / std::chrono::January / 1}.time_since_epoch()};

/// Reads a text from left to right; the first thing that does not fit makes it fail for good.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool has_failed() const noexcept { return has_failed_; }
  bool is_at_end() const noexcept { return rest_.empty(); }

  /// Exactly `count` digits.
  int number(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) value = value * 10 + digit();
    return value;
  }
  /// One of the characters of `choices`; 0 when failed.
  char one_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) return fail();
    return take();
  }
  bool next_is(char c) const noexcept { return !rest_.empty() && rest_.front() == c; }

  /// What follows the point: one to nine digits, as microseconds.
  microseconds fraction() {
    std::int64_t value = 0;
    std::size_t count = 0;
    for (; !rest_.empty() && is_digit(rest_.front()); ++count) {
      const int d = digit();
      if (count < 6) value = value * 10 + d;
    }
    if (count == 0 || count > 9) fail();
    for (std::size_t i = count; i < 6; ++i) value *= 10;
    return microseconds{value};
  }

 private:
  static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  char fail() {
    has_failed_ = true;
    rest_ = {};
    return 0;
  }
  int digit() {
    if (rest_.empty() || !is_digit(rest_.front())) {
      fail();
      return 0;
    }
    return take() - '0';
  }

  std::string_view rest_;
  bool has_failed_ = false;
};

/// Nothing when there is no such day.
std::optional<sys_days> read_date(Reader& reader) {
  const int year = reader.number(4);
  reader.one_of("-");
  const int month = reader.number(2);
  reader.one_of("-");
  const int day = reader.number(2);
  const year_month_day date{std::chrono::year{year},
                            std::chrono::month{static_cast<unsigned>(month)},
                            std::chrono::day{static_cast<unsigned>(day)}};
  return date.ok() ? std::optional{sys_days{date}} : std::nullopt;
}

/// Time of day; nothing for 24:00, a leap second and the like.
std::optional<microseconds> read_time(Reader& reader) {
  const int hour = reader.number(2);
  reader.one_of(":");
  const int minute = reader.number(2);
  reader.one_of(":");
  const int second = reader.number(2);
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  microseconds time = hours{hour} + minutes{minute} + seconds{second};
  if (reader.next_is('.')) {
    reader.one_of(".");
    time += reader.fraction();
  }
  return time;
}

/// How far local time is ahead of UTC.
std::optional<minutes> read_offset(Reader& reader) {
  const char sign = reader.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return minutes{0};
  const int hour = reader.number(2);
  reader.one_of(":");
  const int minute = reader.number(2);
  if (hour > 23 || minute > 59) return std::nullopt;
  const minutes offset = hours{hour} + minutes{minute};
  return sign == '-' ? -offset : offset;
}

void put(char* to, std::size_t width, std::int64_t value) {
  for (std::size_t i = width; i > 0; --i, value /= 10) {
    to[i - 1] = static_cast<char>('0' + value % 10);
  }
}

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  Reader reader{text};
  const auto date = read_date(reader);
  reader.one_of("Tt");
  const auto time = read_time(reader);
  const auto offset = read_offset(reader);
  if (reader.has_failed() || !reader.is_at_end() || !date || !time || !offset) return std::nullopt;
  const Timestamp instant = Timestamp{date->time_since_epoch()} + *time - *offset;
  if (instant < kEarliest || instant >= kEnd) return std::nullopt;
  return instant;
}

void append_rfc3339(std::string& text, Timestamp time) {
  // Callers hold times that were parsed here or come from the clock.
  assert(time >= kEarliest - days{366} && time < kEnd);
  const auto day = std::chrono::floor<days>(time);
  const year_month_day date{day};
  const std::int64_t second = std::chrono::floor<seconds>(time - day).count();
  const std::int64_t fraction = (time - day - seconds{second}).count();

  std::array<char, 27> form{"0000-00-00T00:00:00.000000"};
  put(&form[0], 4, static_cast<int>(date.year()));
  put(&form[5], 2, static_cast<unsigned>(date.month()));
  put(&form[8], 2, static_cast<unsigned>(date.day()));
  put(&form[11], 2, second / 3600);
  put(&form[14], 2, second / 60 % 60);
  put(&form[17], 2, second % 60);
  put(&form[20], 6, fraction);
  std::size_t length = 26;
  if (fraction % 1000 == 0) length = fraction == 0 ? 19 : 23;
  text.append(form.data(), length).push_back('Z');
}

std::string format_rfc3339(Timestamp time) {
  std::string text;
  append_rfc3339(text, time);
  return text;
}

}  // namespace vigie::domain
