#include "server/app/admin_port.hpp"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "server/app/files.hpp"
#include "server/http/ascii.hpp"

namespace vigie::app {
namespace {

constexpr std::size_t kTokenBytesMin = 16;
constexpr std::size_t kTokenBytesMax = 1024;

/// What a header can carry without quoting.
bool is_token(std::string_view text) {
  return text.size() >= kTokenBytesMin && text.size() <= kTokenBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

std::string form_of_token(std::string_view setting) {
  return std::string(setting) + " must hold " + std::to_string(kTokenBytesMin) + " to " +
         std::to_string(kTokenBytesMax) + " characters of ASCII without a blank";
}

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return lower;
}

std::vector<std::string> hosts_of(std::string_view list) {
  std::vector<std::string> hosts;
  while (!list.empty()) {
    hosts.push_back(in_lower_case(http::trimmed(http::next_part(list, ','))));
  }
  return hosts;
}

}  // namespace

std::vector<std::string> faults_of_admin_port(const Config& config) {
  std::vector<std::string> faults;
  for (const std::string& host : hosts_of(config.admin_hosts)) {
    if (http::is_authority(host)) continue;
    faults.push_back("VIGIE_ADMIN_HOSTS: '" + host +
                     "' is neither a host nor host:port, such as vigie-1 or [fd00::1]:9464");
  }
  if (!config.admin_token.empty() && !config.admin_token_file.empty()) {
    faults.emplace_back("VIGIE_ADMIN_TOKEN and VIGIE_ADMIN_TOKEN_FILE must not both be set");
  }
  if (!config.admin_token.empty() && !is_token(config.admin_token)) {
    faults.push_back(form_of_token("VIGIE_ADMIN_TOKEN"));
  }
  return faults;
}

bool is_beyond_loopback(const Config& config) {
  return !config.admin_address.starts_with("127.") && config.admin_address != "localhost" &&
         config.admin_address != "::1";
}

http::OperatorAccess operator_access(const Config& config) {
  http::OperatorAccess access{.hosts = hosts_of(config.admin_hosts),
                              .token = config.admin_token,
                              .is_beyond_loopback = is_beyond_loopback(config)};
  if (config.admin_address != "0.0.0.0") access.hosts.push_back(config.admin_address);
  if (config.admin_token_file.empty()) return access;
  access.token = read_admin_token(config);
  if (!is_token(access.token)) {
    throw std::runtime_error(form_of_token("VIGIE_ADMIN_TOKEN_FILE") + "; " +
                             config.admin_token_file + " does not");
  }
  return access;
}

}  // namespace vigie::app
