#pragma once

#include "server/http/stage.hpp"

namespace vigie::http {

/// Answers what can be said of the header alone: no such route or method, OPTIONS, an answer or a
/// content in a media type that the route does not have, too long a content.
class Negotiated : public Stage {
 public:
  explicit Negotiated(Stage& next) : next_(next) {}
  Response run(Exchange& exchange) override;

 private:
  Stage& next_;
};

/// Why the header alone gets the request refused; a null type when it does not.
Problem refusal_of_header(const Exchange& exchange);

/// Whether the request has content, or may have.
bool announces_content(const Request& request);

}  // namespace vigie::http
