#include "server/http/admin.hpp"

#include <chrono>

#include "server/http/admin_handlers.hpp"
#include "server/http/console/console_handlers.hpp"
#include "server/http/console/page_stage.hpp"
#include "server/http/guarded.hpp"
#include "server/http/handled.hpp"
#include "server/http/negotiated.hpp"
#include "server/http/network_refusal.hpp"
#include "server/http/observed.hpp"
#include "server/http/received.hpp"
#include "server/http/router.hpp"

namespace vigie::http {
namespace {

std::vector<AdminRoute> numbered_routes() {
  const auto table = admin_routes();
  std::vector<AdminRoute> routes(table.begin(), table.end());
  for (std::size_t row = 0; row < routes.size(); ++row) routes[row].route.row = row;
  return routes;
}

std::vector<const Route*> pointers_to(const std::vector<AdminRoute>& routes) {
  std::vector<const Route*> pointers;
  pointers.reserve(routes.size());
  for (const AdminRoute& row : routes) pointers.push_back(&row.route);
  return pointers;
}

class Handled : public Stage {
 public:
  Handled(const std::vector<AdminRoute>& routes, AdminResources& resources)
      : routes_(routes), resources_(resources) {}

  Response run(Exchange& exchange) override {
    const AdminHandler handler = routes_[exchange.match.route->row].handler;
    return answer_of(exchange, handler(resources_, exchange), resources_.given.instruments.log);
  }

 private:
  const std::vector<AdminRoute>& routes_;
  AdminResources& resources_;
};

Response bare_failure() noexcept { return {.status = 500, .must_close = true}; }

}  // namespace

/// The API's pipeline with operators for callers:
/// observed(guarded(pages(gate(negotiated(received(handler)))))). The gate stands before all that
/// reads or tells anything. No limit: a probe that is refused would look like a dead process.
class Admin::Pipeline {
 public:
  explicit Pipeline(const AdminDependencies& given)
      : routes_(numbered_routes()),
        pointers_(pointers_to(routes_)),
        router_(pointers_),
        slow_(pointers_),
        resources_{given,
                   std::chrono::steady_clock::now(),
                   console::TrafficHistory(given.traffic, std::chrono::steady_clock::now()),
                   {}},
        handled_(routes_, resources_),
        received_(handled_),
        negotiated_(received_),
        gate_(resources_.given.access, negotiated_),
        pages_(gate_),
        guarded_(given.instruments.log, pages_),
        // An operator may force a trace of what it asks for.
        observed_(given.instruments, pointers_, slow_, AddressRanges::all(), guarded_) {
    telemetry::TraceRecorder* recorder = given.recorder.traces.get();
    if (recorder == nullptr) return;
    for (const Route* route : pointers_) {
      if (route->method == Method::kGet) recorder->leave_out_of_recent(route->pattern);
    }
  }

  void look() { resources_.traffic.look(std::chrono::steady_clock::now()); }

  Admission admit(const Request& request) {
    Exchange exchange(request, request.peer_address);
    begin(exchange);
    Admission admission{.body_bytes_max = exchange.match.route->body_bytes_max};
    if (!announces_content(request)) return admission;  // `handle` can say it as well
    const auto refusal = refusal_of_operator(resources_.given.access, exchange);
    // Stages that come after the one that refuses are not reached: nothing waits here.
    if (refusal || refusal_of_header(exchange).type != nullptr) {
      admission.refusal = observed_.run(exchange);
    }
    return admission;
  }

  Response handle(const Request& request) {
    Exchange exchange(request, request.peer_address);
    begin(exchange);
    return observed_.run(exchange);
  }

  Response refuse(const NetworkRefusal& refusal, const Request& request) {
    Exchange exchange(request, request.peer_address);
    exchange.problems_page = console::kProblemsPage;
    exchange.match.route = refusal.route;
    exchange.network_refusal = &refusal;
    Response response = observed_.run(exchange);
    response.must_close = refusal.must_close;
    return response;
  }

 private:
  void begin(Exchange& exchange) const {
    exchange.problems_page = console::kProblemsPage;
    router_.match(exchange.request, exchange.match);
    exchange.context.deadline = exchange.request.received_at + exchange.match.route->deadline;
  }

  std::vector<AdminRoute> routes_;
  std::vector<const Route*> pointers_;
  Router router_;
  SlowThresholds slow_;
  AdminResources resources_;

  Handled handled_;
  Received received_;
  Negotiated negotiated_;
  OperatorGate gate_;
  console::PageStage pages_;
  Guarded guarded_;
  Observed observed_;
};

Admin::Admin(const AdminDependencies& dependencies)
    : pipeline_(std::make_unique<Pipeline>(dependencies)) {}

Admin::~Admin() = default;

Admission Admin::admit(const Request& request) noexcept {
  try {
    return pipeline_->admit(request);
  } catch (...) {
    return {.refusal = bare_failure()};
  }
}

Response Admin::handle(Request& request) noexcept {
  try {
    return pipeline_->handle(request);
  } catch (...) {
    return bare_failure();
  }
}

Response Admin::refuse(Refusal reason, const Request* request) noexcept {
  try {
    static const Request kNothing{};
    return pipeline_->refuse(network_refusal(reason), request != nullptr ? *request : kNothing);
  } catch (...) {
    return bare_failure();
  }
}

void Admin::look() { pipeline_->look(); }

}  // namespace vigie::http
