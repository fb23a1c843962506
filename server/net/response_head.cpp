#include "server/net/response_head.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include "server/net/request_syntax.hpp"

namespace vigie::net {

namespace {

struct StatusLine {
  int status;
  std::string_view line;
};

// clang-format off
constexpr std::array kStatusLines = {
    StatusLine{200, "HTTP/1.1 200 OK\r\n"},
    StatusLine{201, "HTTP/1.1 201 Created\r\n"},
    StatusLine{202, "HTTP/1.1 202 Accepted\r\n"},
    StatusLine{204, "HTTP/1.1 204 No Content\r\n"},
    StatusLine{206, "HTTP/1.1 206 Partial Content\r\n"},
    StatusLine{301, "HTTP/1.1 301 Moved Permanently\r\n"},
    StatusLine{302, "HTTP/1.1 302 Found\r\n"},
    StatusLine{303, "HTTP/1.1 303 See Other\r\n"},
    StatusLine{304, "HTTP/1.1 304 Not Modified\r\n"},
    StatusLine{307, "HTTP/1.1 307 Temporary Redirect\r\n"},
    StatusLine{308, "HTTP/1.1 308 Permanent Redirect\r\n"},
    StatusLine{400, "HTTP/1.1 400 Bad Request\r\n"},
    StatusLine{401, "HTTP/1.1 401 Unauthorized\r\n"},
    StatusLine{402, "HTTP/1.1 402 Payment Required\r\n"},
    StatusLine{403, "HTTP/1.1 403 Forbidden\r\n"},
    StatusLine{404, "HTTP/1.1 404 Not Found\r\n"},
    StatusLine{405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    StatusLine{406, "HTTP/1.1 406 Not Acceptable\r\n"},
    StatusLine{408, "HTTP/1.1 408 Request Timeout\r\n"},
    StatusLine{409, "HTTP/1.1 409 Conflict\r\n"},
    StatusLine{410, "HTTP/1.1 410 Gone\r\n"},
    StatusLine{411, "HTTP/1.1 411 Length Required\r\n"},
    StatusLine{412, "HTTP/1.1 412 Precondition Failed\r\n"},
    StatusLine{413, "HTTP/1.1 413 Content Too Large\r\n"},
    StatusLine{414, "HTTP/1.1 414 URI Too Long\r\n"},
    StatusLine{415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    StatusLine{416, "HTTP/1.1 416 Range Not Satisfiable\r\n"},
    StatusLine{417, "HTTP/1.1 417 Expectation Failed\r\n"},
    StatusLine{422, "HTTP/1.1 422 Unprocessable Content\r\n"},
    StatusLine{428, "HTTP/1.1 428 Precondition Required\r\n"},
    StatusLine{429, "HTTP/1.1 429 Too Many Requests\r\n"},
    StatusLine{431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    StatusLine{500, "HTTP/1.1 500 Internal Server Error\r\n"},
    StatusLine{501, "HTTP/1.1 501 Not Implemented\r\n"},
    StatusLine{502, "HTTP/1.1 502 Bad Gateway\r\n"},
    StatusLine{503, "HTTP/1.1 503 Service Unavailable\r\n"},
    StatusLine{507, "HTTP/1.1 507 Insufficient Storage\r\n"},
    StatusLine{504, "HTTP/1.1 504 Gateway Timeout\r\n"},
    StatusLine{505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
};
// clang-format on

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_status_line(std::string& out, int status) {
  for (const StatusLine& known : kStatusLines) {
    if (known.status == status) {
      out += known.line;
      return;
    }
  }
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(status));
  out += " \r\n";  // RFC 9112, section 4: the reason may be empty, its blank may not be missing
}

bool is_ours(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equals_ignoring_case(name, "date");
    case 10:
      return equals_ignoring_case(name, "connection") || equals_ignoring_case(name, "keep-alive");
    case 14:
      return equals_ignoring_case(name, "content-length");
    case 17:
      return equals_ignoring_case(name, "transfer-encoding");
    default:
      return false;
  }
}

void append_framing(std::string& out, const ResponseFraming& framing) {
  if (framing.framing == Framing::kLength) {
    out += "Content-Length: ";
    append_number(out, framing.length);
    out += "\r\n";
  } else if (framing.framing == Framing::kChunked) {
    out += "Transfer-Encoding: chunked\r\n";
  }
  if (framing.connection == ConnectionField::kClose) {
    out += "Connection: close\r\n";
  } else if (framing.connection == ConnectionField::kKeepAlive) {
    out += "Connection: keep-alive\r\n";
  }
}

}  // namespace

std::string_view DateLine::at(std::time_t now) {
  if (now == made_for_) return line_;
  constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  const int size =
      std::snprintf(text.data(), text.size(), "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                    kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                    kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                    utc.tm_min, utc.tm_sec);
  line_.assign(text.data(), static_cast<std::size_t>(size));
  made_for_ = now;
  return line_;
}

void append_head(std::string& out, const http::Response& response, const ResponseFraming& framing,
                 std::string_view date_line) {
  append_status_line(out, response.status);
  out += date_line;
  for (const http::ResponseHeaders::Field& field : response.headers.fields()) {
    if (is_ours(field.name)) continue;
    out += field.name;
    out += ": ";
    out += field.value;
    out += "\r\n";
  }
  append_framing(out, framing);
  out += "\r\n";
}

}  // namespace vigie::net
