#pragma once

#include <array>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/soundness.hpp"

/// What the lighthouse says of itself.
namespace lighthouse {

using namespace vigie::telemetry;

inline constexpr AttributeKey kShipName{"ship.name", AttributeKind::kString, "Name of the ship"};
inline constexpr AttributeKey kFlashes{"lamp.flashes", AttributeKind::kInteger, "Flashes given"};
inline constexpr auto kAttributes = std::to_array<const AttributeKey*>(
    {&kShipName, &kFlashes, &attributes::kErrorType, &attributes::kKeepReason});

inline constexpr SpanType kWatch{"watch",
                                 SpanKind::kInternal,
                                 "One ship, from sighting to out of sight",
                                 {&kShipName, &attributes::kErrorType, &attributes::kKeepReason}};
inline constexpr SpanType kSignalling{"lamp.signal",
                                      SpanKind::kInternal,
                                      "One signal to a ship",
                                      {&kFlashes, &attributes::kErrorType}};
inline constexpr auto kSpans = std::to_array<const SpanType*>({&kWatch, &kSignalling});

inline constexpr LogEventType kShipPassed{
    "ship.passed", Severity::kInfo, "a ship passed", {&kShipName, &kFlashes}};
inline constexpr auto kLogEvents = std::to_array<const LogEventType*>({&kShipPassed});

inline constexpr std::array<std::string_view, 2> kSides{"port", "starboard"};
inline constexpr std::array kDistanceBuckets{10.0, 100.0};
inline constexpr MetricType kShips{"lighthouse_ships_total",
                                   MetricKind::kCounter,
                                   "",
                                   "Ships that passed",
                                   {closed_label("side", kSides)}};
inline constexpr MetricType kWatchTime{
    "lighthouse_watch_duration_seconds", MetricKind::kHistogram,  "seconds",
    "Time a ship was watched",           {open_label("flag", 2)}, kDistanceBuckets};
inline constexpr auto kMetrics = std::to_array<const MetricType*>({&kShips, &kWatchTime});

inline constexpr Catalogue kCatalogue{
    .metrics = kMetrics, .spans = kSpans, .log_events = kLogEvents, .attributes = kAttributes};
static_assert(is_sound(kCatalogue));

/// A counter that Prometheus would not take: the checks see it here as they do in Vigie.
inline constexpr MetricType kMisnamed{"lighthouse_ships", MetricKind::kCounter, "",
                                      "Ships that passed"};
inline constexpr auto kMisnamedOnly = std::to_array<const MetricType*>({&kMisnamed});
static_assert(!is_sound(Catalogue{.metrics = kMisnamedOnly}));

}  // namespace lighthouse
