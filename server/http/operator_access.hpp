#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/exchange.hpp"
#include "server/http/stage.hpp"

namespace vigie::http {

inline constexpr ProblemType kMisdirected{"misdirected_request", 421,
                                          "This is no name of the admin port"};
inline constexpr ProblemType kForeignPage{"foreign_page", 403,
                                          "The page of another site may not ask this"};

/// Who may use the admin port. Loopback is no authentication: every browser on the machine is on
/// it, and lends it to each page that it shows (CSRF, DNS rebinding).
struct OperatorAccess {
  /// Names that the port is asked by beside those of loopback: host or host:port, in lower case.
  std::vector<std::string> hosts;
  /// What a caller must show as a bearer token, or as the password of Basic; empty: nothing.
  std::string token;
  /// Whether others than this machine reach the port.
  bool is_beyond_loopback = false;
};

/// Whether `text` can be one of OperatorAccess::hosts.
bool is_authority(std::string_view text) noexcept;

/// Why the request may not be answered; nothing: it may. In this order: a name that is not ours
/// (421: a name that others can point here), the page of another site (403), no token or a wrong
/// one (401), a change that is not JSON (415: what a form could send). /livez and /readyz need no
/// token, since whoever restarts the process asks them. A link that is followed in a browser may
/// come from another site: it only reads.
std::optional<Problem> refusal_of_operator(const OperatorAccess& access, const Exchange& exchange);

/// Lets operators through, and nobody else.
class OperatorGate : public Stage {
 public:
  OperatorGate(const OperatorAccess& access, Stage& next) : access_(access), next_(next) {}

  Response run(Exchange& exchange) override;

 private:
  const OperatorAccess& access_;
  Stage& next_;
};

}  // namespace vigie::http
