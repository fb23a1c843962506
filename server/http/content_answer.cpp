#include "server/http/content_answer.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/http/answers.hpp"
#include "server/http/byte_ranges.hpp"
#include "server/http/content_body.hpp"
#include "server/http/content_disposition.hpp"
#include "server/http/preconditions.hpp"
#include "server/platform/core/http_date.hpp"
#include "telemetry/trace.hpp"

namespace vigie::http {
namespace {

using domain::Readable;

std::string tag_of(const Readable& readable) { return '"' + readable.identity + '"'; }

RangeRequest ranges_of(const Request& request, const Validators& current, domain::Timestamp now,
                       std::uint64_t bytes) {
  const auto header = request.headers.first("Range");
  const bool is_single = header && request.headers.count("Range") == 1;
  if (!is_single || request.method != Method::kGet) return {};
  if (!if_range_holds(request, current, now)) return {};
  return parse_range(*header, bytes);
}

/// What has been deleted is gone at once, also from caches: they ask each time.
void add_validators(Response& response, const Exchange& exchange, const Readable& readable) {
  const bool is_for_all = exchange.context.principal.is_anonymous();
  response.headers.add("ETag", tag_of(readable));
  response.headers.add("Last-Modified", core::http_date(readable.modified_at));
  response.headers.add("Cache-Control", is_for_all ? "public, no-cache" : "private, no-cache");
  response.headers.add("Vary", "Authorization");
}

/// A browser shows pictures, sound and films; nothing that it could run.
bool is_shown(const std::string& type) {
  return type.starts_with("image/") || type.starts_with("audio/") || type.starts_with("video/");
}

void add_description(Response& response, const Readable& readable) {
  response.headers.add("Accept-Ranges", "bytes");
  response.headers.add("Content-Disposition",
                       content_disposition(is_shown(readable.type), readable.file_name));
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Content-Security-Policy", "default-src 'none'; sandbox");
}

/// A text that no content has by accident: it is another one for each request.
std::string boundary_of(const Exchange& exchange) {
  std::array<char, 32> id{};
  telemetry::TraceId trace_id;
  if (exchange.context.trace != nullptr) trace_id = exchange.context.trace->trace_id();
  trace_id.write_hex(id.data());
  return "vigie-" + std::string(id.data(), id.size());
}

/// RFC 9110, 14.6.
BodyPlan multipart(const std::vector<ByteRange>& ranges, const Readable& readable,
                   const std::string& boundary) {
  BodyPlan plan;
  for (const ByteRange& range : ranges) {
    plan.pieces.push_back({"\r\n--" + boundary + "\r\nContent-Type: " + readable.type +
                               "\r\nContent-Range: " + content_range(range, readable.bytes) +
                               "\r\n\r\n",
                           range});
  }
  plan.end = "\r\n--" + boundary + "--\r\n";
  return plan;
}

Response unsatisfiable(Exchange& exchange, const Readable& readable) {
  Response response = refuse(exchange, problems::kRangeNotSatisfiable);
  response.headers.add("Content-Range", "bytes */" + std::to_string(readable.bytes));
  return response;
}

Answer with_ranges(Resources& resources, const Exchange& exchange, const Readable& readable,
                   const RangeRequest& request) {
  Response response{.status = 206};
  add_validators(response, exchange, readable);
  add_description(response, readable);
  BodyPlan plan;
  if (request.ranges.size() == 1) {
    plan.pieces.push_back({"", request.ranges.front()});
    response.headers.add("Content-Type", readable.type);
    response.headers.add("Content-Range", content_range(request.ranges.front(), readable.bytes));
  } else {
    const std::string boundary = boundary_of(exchange);
    plan = multipart(request.ranges, readable, boundary);
    response.headers.add("Content-Type", "multipart/byteranges; boundary=" + boundary);
  }
  auto body = content_body(resources, exchange, readable, std::move(plan));
  if (!body) return std::move(body).error();
  response.body = *std::move(body);
  return response;
}

Answer whole(Resources& resources, const Exchange& exchange, const Readable& readable) {
  Response response;
  add_validators(response, exchange, readable);
  add_description(response, readable);
  response.headers.add("Content-Type", readable.type);
  auto body = content_body(resources, exchange, readable,
                           {.pieces = {{"", {0, readable.bytes}}}, .end = ""});
  if (!body) return std::move(body).error();
  response.body = *std::move(body);
  return response;
}

}  // namespace

Answer content_answer(Resources& resources, Exchange& exchange, const Readable& readable) {
  const std::string tag = tag_of(readable);
  const Validators current{.entity_tag = tag, .modified_at = readable.modified_at};
  const domain::Timestamp now = resources.clock.now();
  switch (evaluate(exchange.request, current, now)) {
    case Precondition::kFailed:
      return refuse_precondition(exchange);
    case Precondition::kNotModified: {
      Response unchanged{.status = 304};
      add_validators(unchanged, exchange, readable);
      return unchanged;
    }
    case Precondition::kHolds:
      break;
  }
  const ContentDelivery& delivery = resources.delivery;
  if (delivery.redirects) {
    if (auto url = resources.media_library.read_url(readable, delivery.url_lifetime)) {
      Response elsewhere{.status = 302};
      elsewhere.headers.add("Location", *std::move(url));
      elsewhere.headers.add("Cache-Control", std::string(caching::kNever));
      return elsewhere;
    }
  }
  const RangeRequest request = ranges_of(exchange.request, current, now, readable.bytes);
  switch (request.kind) {
    case RangeRequest::Kind::kUnsatisfiable:
      return unsatisfiable(exchange, readable);
    case RangeRequest::Kind::kParts:
      return with_ranges(resources, exchange, readable, request);
    case RangeRequest::Kind::kWhole:
      break;
  }
  return whole(resources, exchange, readable);
}

}  // namespace vigie::http
