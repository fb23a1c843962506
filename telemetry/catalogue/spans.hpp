#pragma once

#include <array>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/span_type.hpp"

/// Every span. All declare error.type, which Span::error() sets. A new one is its line here and in
/// kAll.
namespace vigie::telemetry::spans {

using namespace attributes;

// clang-format off
inline constexpr SpanType kHttpServer{"{method} {route}", SpanKind::kServer, "One request, from its header to its answer",
    {&kHttpRequestMethod, &kHttpRoute, &kUrlPath, &kUrlScheme, &kHttpResponseStatusCode, &kErrorType, &kClientAddress, &kUserAgent,
     &kNetworkProtocolVersion, &kHttpRequestBodySize, &kHttpResponseBodySize, &kCorrelationId, &kUserId, &kErrorCode, &kKeepReason}};
inline constexpr SpanType kDbQuery{"{query}", SpanKind::kClient, "One database query, from the call to its last row",
    {&kDbSystemName, &kDbQuerySummary, &kDbOperationName, &kDbResponseStatusCode, &kDbReturnedRows, &kDbPoolName, &kConnectionWait, &kErrorType}};
inline constexpr SpanType kDbConnectionWait{"db.connection.wait", SpanKind::kInternal, "The wait for a database connection",
    {&kDbSystemName, &kDbPoolName, &kErrorType}};
inline constexpr SpanType kDbTransaction{"db.transaction", SpanKind::kInternal, "One database transaction, from BEGIN to its end",
    {&kDbSystemName, &kDbPoolName, &kErrorType}};
inline constexpr SpanType kBlobOperation{"blob {operation}", SpanKind::kInternal, "One operation of the store of contents; write_part from its beginning to its commit",
    {&attributes::kBlobStore, &attributes::kBlobOperation, &attributes::kBlobKey, &kErrorType, &kDetail}};
inline constexpr SpanType kHttpClient{"{method}", SpanKind::kClient, "One attempt of a request to another service, from its signature to its answer",
    {&kHttpRequestMethod, &kServerAddress, &kHttpResponseStatusCode, &kHttpResendCount, &kAzureRequestId, &kAzureErrorCode, &kErrorType}};
inline constexpr SpanType kPasswordHash{"auth.password_hash", SpanKind::kInternal, "One argon2id computation, with its wait for a thread",
    {&kErrorType}};
inline constexpr SpanType kJobSend{"send {kind}", SpanKind::kProducer, "One job handed to the queue",
    {&kMessagingSystem, &kMessagingDestination, &kMessagingMessageId, &kMessagingOperationName, &kMessagingOperationType, &kJobKind, &kErrorType}};
inline constexpr SpanType kJobProcess{"process {kind}", SpanKind::kConsumer, "One run of a job, linked to the span that sent it",
    {&kMessagingSystem, &kMessagingDestination, &kMessagingMessageId, &kMessagingOperationName, &kMessagingOperationType, &kJobKind, &kJobAttempt,
     &kJobAttemptsMax, &kJobWait, &kCorrelationId, &kErrorType, &kKeepReason}};
// clang-format on

inline constexpr auto kAll = std::to_array<const SpanType*>({
    &kHttpServer,
    &kDbQuery,
    &kDbConnectionWait,
    &kDbTransaction,
    &kBlobOperation,
    &kHttpClient,
    &kPasswordHash,
    &kJobSend,
    &kJobProcess,
});

}  // namespace vigie::telemetry::spans
