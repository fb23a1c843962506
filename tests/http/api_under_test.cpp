#include "tests/http/api_under_test.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "server/http/ascii.hpp"
#include "tests/http/string_body.hpp"

namespace vigie::http {
namespace {

Method method_of(std::string_view name) {
  for (int i = 0; i < static_cast<int>(Method::kUnknown); ++i) {
    if (name_of(static_cast<Method>(i)) == name) return static_cast<Method>(i);
  }
  return Method::kUnknown;
}

/// What net would hand on: views into the call, which outlives it.
struct Received {
  Received(const Call& call, std::chrono::steady_clock::time_point start)
      : content_length(std::to_string(call.body.size())), body(call.body, call.body_failure) {
    request.method = method_of(call.method);
    request.method_name = call.method;
    request.target = call.target;
    std::string_view query = call.target;
    request.path = next_part(query, '?');
    request.query = query;
    for (const auto& [name, value] : call.headers) request.headers.add({name, value});
    if (!call.body.empty() && !request.headers.first("Transfer-Encoding")) {
      request.headers.add({"Content-Length", content_length});
    }
    request.peer_address = call.address;
    request.received_at = start + std::chrono::seconds(call.at_s);
    request.body = &body;
  }

  std::string content_length;
  StringBody body;
  Request request;
};

/// Takes what a stream produces.
class TextWriter : public BodyWriter {
 public:
  bool write(std::string_view bytes) override {
    text_ += bytes;
    return true;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string text_of_file(const FileRange& file) {
  std::string text(file.length(), '\0');
  const auto read = ::pread(file.fd(), text.data(), text.size(), static_cast<off_t>(file.offset()));
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
  return text;
}

std::string text_of_body(Response& response) {
  if (auto* text = std::get_if<std::string>(&response.body)) return std::move(*text);
  if (auto* file = std::get_if<FileRange>(&response.body)) return text_of_file(*file);
  if (auto* stream = std::get_if<BodyStream>(&response.body)) {
    TextWriter writer;
    stream->produce(writer);
    return writer.take();
  }
  std::string whole;
  for (const auto& piece : std::get<BodyPieces>(response.body).pieces) {
    const auto* text = std::get_if<std::string>(&piece);
    whole += text != nullptr ? *text : text_of_file(std::get<FileRange>(piece));
  }
  return whole;
}

Reply reply_of(Response response) {
  Reply reply{.status = response.status};
  for (const auto& field : response.headers.fields()) {
    reply.headers.emplace_back(field.name, field.value);
  }
  reply.body = text_of_body(response);
  reply.must_close = response.must_close;
  return reply;
}

std::string text_of(const JsonValue& value) {
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* integer = value.as<std::int64_t>()) return std::to_string(*integer);
  if (const auto* flag = value.as<bool>()) return *flag ? "true" : "false";
  if (value.is_null()) return "null";
  if (const auto* array = value.as<JsonValue::Array>()) {
    return std::to_string(array->size()) + " items";
  }
  return "object";
}

const JsonValue* child_of(const JsonValue& value, std::string_view token) {
  if (const auto* object = value.as<JsonValue::Object>()) {
    for (const JsonMember& member : *object) {
      if (member.name == token) return &member.value;
    }
  }
  if (const auto* array = value.as<JsonValue::Array>()) {
    const auto index = static_cast<std::size_t>(std::atoi(std::string(token).c_str()));
    if (index < array->size()) return &(*array)[index];
  }
  return nullptr;
}

}  // namespace

std::string Reply::header(std::string_view name) const {
  for (const auto& [other, value] : headers) {
    if (equals_ignoring_case(other, name)) return value;
  }
  return {};
}

std::string Reply::at(std::string_view pointer) const {
  const auto parsed = parse_json(body);
  const auto* value = std::get_if<JsonValue>(&parsed);
  pointer.remove_prefix(1);
  while (value != nullptr && !pointer.empty()) value = child_of(*value, next_part(pointer, '/'));
  return value == nullptr ? std::string{} : text_of(*value);
}

ApiUnderTest::ApiUnderTest(ApiOptions options)
    : api_(std::make_unique<Api>(
          ApiDependencies{accounts, own_account, administration, password_resets, sessions, events,
                          media_uploads, media_library, time_zones, tokens, authenticator,
                          idempotency_store, clock,
                          Instruments{telemetry.metrics, telemetry.log, telemetry.tracer}},
          options)) {}

Reply ApiUnderTest::send(const Call& call) {
  Received received(call, start_);
  Request head = received.request;
  head.body = nullptr;
  Admission admission = api_->admit(head);
  if (admission.refusal) return reply_of(*std::move(admission.refusal));
  return reply_of(api_->handle(received.request));
}

std::optional<Reply> ApiUnderTest::admit(const Call& call) {
  Received received(call, start_);
  received.request.body = nullptr;
  Admission admission = api_->admit(received.request);
  if (!admission.refusal) return std::nullopt;
  return reply_of(*std::move(admission.refusal));
}

Reply ApiUnderTest::refuse(Refusal reason) { return reply_of(api_->refuse(reason, nullptr)); }

Reply ApiUnderTest::get(std::string target, Headers headers) {
  return send({.target = std::move(target), .headers = std::move(headers)});
}

Reply ApiUnderTest::post(std::string target, std::string body, Headers headers) {
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  return send({.method = "POST",
               .target = std::move(target),
               .headers = std::move(headers),
               .body = std::move(body)});
}

std::pair<std::string, std::string> ApiUnderTest::sign_in(domain::Role role) {
  const std::string email = "person" + std::to_string(++account_count_) + "@example.org";
  const auto account = accounts.create({}, {email, "Person", "correct horse battery"}, role);
  return {"Authorization",
          "Bearer " + tokens.access_token(*account, {fakes::FakeIdSource::nth(0x8000)}, clock.now(),
                                          std::chrono::minutes(15))};
}

std::string ApiUnderTest::draft(const std::pair<std::string, std::string>& caller) {
  return post("/api/v1/events", event_content(), {caller}).at("/id");
}

std::string event_content(const std::string& extra) {
  return "{" + extra +
         R"("title":"Concert","category":"music","starts_at":"2030-06-01T18:00:00Z",)"
         R"("ends_at":"2030-06-01T21:00:00Z","time_zone":"Europe/Paris","capacity":250,)"
         R"("price":{"amount_minor":2500,"currency":"EUR"}})";
}

}  // namespace vigie::http
