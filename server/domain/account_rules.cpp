#include "server/domain/account_rules.hpp"

#include <algorithm>
#include <utility>

#include "server/domain/field_faults.hpp"
#include "server/domain/password_rules.hpp"

namespace vigie::domain {
namespace {

constexpr std::size_t kLocalPartBytesMax = 64;  // RFC 5321, 4.5.3.1.1
constexpr std::size_t kHostLabelBytesMax = 63;  // RFC 1035, 2.3.4
constexpr TextRule kDisplayNameRule{.characters_max = AccountLimits::kDisplayNameCharactersMax};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_local_part(std::string_view text) {
  constexpr std::string_view kAlsoAllowed = ".!#$%&'*+/=?^_`{|}~-";
  return !text.empty() && text.size() <= kLocalPartBytesMax &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_alphanumeric(c) || kAlsoAllowed.find(c) != std::string_view::npos;
         });
}

bool is_host_label(std::string_view text) {
  return !text.empty() && text.size() <= kHostLabelBytesMax && text.front() != '-' &&
         text.back() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
           return is_alphanumeric(c) || c == '-';
         });
}

bool is_host(std::string_view text) {
  for (std::size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
    if (!is_host_label(text.substr(0, dot))) return false;
    text.remove_prefix(dot + 1);
  }
  return is_host_label(text);
}

void check_email(FieldFaults& faults, std::string_view email) {
  if (email.size() > AccountLimits::kEmailBytesMax) {
    faults.add("/email",
               "must have at most " + std::to_string(AccountLimits::kEmailBytesMax) + " bytes");
  } else if (!is_email(email)) {
    faults.add("/email", "must be an e-mail address");
  }
}

}  // namespace

bool is_email(std::string_view text) {
  const std::size_t at = text.find('@');
  return text.size() <= AccountLimits::kEmailBytesMax && at != std::string_view::npos &&
         is_local_part(text.substr(0, at)) && is_host(text.substr(at + 1));
}

std::vector<FieldFault> faults_of(const NewAccount& wanted) {
  FieldFaults faults;
  check_email(faults, wanted.email);
  faults.check_text("/display_name", wanted.display_name, kDisplayNameRule);
  check_password(faults, "/password", wanted.password,
                 {.email = wanted.email, .display_name = wanted.display_name});
  return std::move(faults).take();
}

std::vector<FieldFault> faults_of_password(std::string_view password, const Account& account,
                                           std::string_view pointer) {
  FieldFaults faults;
  check_password(faults, pointer, password,
                 {.email = account.email, .display_name = account.display_name});
  return std::move(faults).take();
}

Error account_not_found() {
  return {.code = Code::kNotFound, .message = "There is no such account."};
}

std::string normalised_email(std::string_view email) {
  std::string lower{email};
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace vigie::domain
