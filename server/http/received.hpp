#pragma once

#include "server/http/stage.hpp"

namespace vigie::http {

/// BodyReader's errors say how reading failed; here they get the words of HTTP.
const ProblemType& problem_of_reading(const domain::Error& error);

/// Refuses because of a content that was not read to its end: what is left of it is not worth
/// reading for the sake of the connection.
Response refuse_unread(Exchange& exchange, const ProblemType& type);

/// Reads the content and parses it, unless the route streams it to its handler. Where the route
/// takes none, it sees to it that there is none.
class Received : public Stage {
 public:
  explicit Received(Stage& next) : next_(next) {}
  Response run(Exchange& exchange) override;

 private:
  Stage& next_;
};

}  // namespace vigie::http
