#pragma once

#include <array>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/span_event_type.hpp"

/// Every event of spans. A new one is its line here and in kAll.
namespace vigie::telemetry::span_events {

using namespace attributes;

// clang-format off
inline constexpr SpanEventType kException{"exception", "An exception ended the request", {&kExceptionType, &kExceptionMessage}};
inline constexpr SpanEventType kDbRetry{"vigie.db.retry", "A read is sent again, since its connection was lost before the answer", {&kErrorType}};
// clang-format on

inline constexpr auto kAll = std::to_array<const SpanEventType*>({
    &kException,
    &kDbRetry,
});

}  // namespace vigie::telemetry::span_events
