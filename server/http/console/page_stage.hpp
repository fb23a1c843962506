#pragma once

#include "server/http/stage.hpp"

namespace vigie::http::console {

/// Shows JSON answers and problem documents as pages to whom asks for HTML: a browser. Programs get
/// them as they are. The page is made of the document alone, so that both say the same.
class PageStage : public Stage {
 public:
  explicit PageStage(Stage& next) : next_(next) {}

  Response run(Exchange& exchange) override;

 private:
  Stage& next_;
};

}  // namespace vigie::http::console
