#pragma once

#include <string>
#include <string_view>

namespace vigie::http {

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// The series as it stands in the exposition, its labels by name.
inline std::string request_count(const std::string& method, const std::string& route, int status,
                                 const std::string& error = "") {
  return "http_server_request_duration_seconds_count{error_type=\"" + error +
         "\",http_request_method=\"" + method + "\",http_response_status_code=\"" +
         std::to_string(status) + "\",http_route=\"" + route + "\"}";
}

}  // namespace vigie::http
