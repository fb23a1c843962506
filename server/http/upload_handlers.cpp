#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "server/http/answers.hpp"
#include "server/http/content_digest.hpp"
#include "server/http/handlers.hpp"
#include "server/http/media_json.hpp"
#include "server/http/preconditions.hpp"
#include "server/http/received.hpp"

namespace vigie::http {
namespace {

using domain::Code;
using domain::Error;
using domain::MediaId;
using domain::Result;

struct PartName {
  MediaId id;
  std::uint32_t number = 0;
};

/// A text that is no id, or no number, names nothing that exists.
Result<PartName> part_name(const Exchange& exchange) {
  const auto id = MediaId::parse(exchange.match.parameters[0]);
  if (!id) return Error{.code = Code::kNotFound, .message = "There is no such media."};
  const std::string_view text = exchange.match.parameters[1];
  PartName name{.id = *id};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), name.number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (is_number) return name;
  return Error{.code = Code::kNotFound, .message = "There is no such part."};
}

Result<MediaId> media_id(const Exchange& exchange) {
  if (const auto id = MediaId::parse(exchange.match.parameters[0])) return *id;
  return Error{.code = Code::kNotFound, .message = "There is no such media."};
}

/// The request's content for the domain, which remembers why it could not be read.
class BodySource : public domain::BlobSource {
 public:
  explicit BodySource(BodyReader& body) : body_(body) {}
  Result<std::string_view> next() override {
    auto piece = body_.next();
    if (!piece) failure_ = &problem_of_reading(piece.error());
    return piece;
  }
  /// Null when it is not reading that has failed.
  const ProblemType* failure() const noexcept { return failure_; }

 private:
  BodyReader& body_;
  const ProblemType* failure_ = nullptr;
};

/// Runs a use-case that reads the content, and says of which of both an error is.
template <typename UseCase>
Answer with_content(Exchange& exchange, UseCase use_case) {
  const auto hash = content_digest(exchange.request);
  if (!hash) return hash.error();
  BodySource source(*exchange.request.body);
  Answer answer = use_case(domain::UploadContent{
      .source = source, .length = exchange.request.body->length(), .hash = *hash});
  if (!answer && source.failure() != nullptr) return refuse_unread(exchange, *source.failure());
  return answer;
}

Response accepted(const domain::Media& media) {
  Response response = json_answer(202, encode_media(media), caching::kNever);
  response.headers.add("Location", media_path(media.id));
  return response;
}

std::string tag_of(const domain::MediaPart& part) {
  return '"' + part.receipt.hash.to_string() + '"';
}

Response part_answer(const domain::Media& media, const domain::MediaPart& part) {
  return json_answer(200, encode_part(media, part.number, &part), caching::kRevalidated);
}

const domain::MediaPart* find_part(const domain::Upload& upload, std::uint32_t number) {
  const auto part = std::find_if(upload.parts.begin(), upload.parts.end(),
                                 [&](const auto& other) { return other.number == number; });
  return part == upload.parts.end() ? nullptr : &*part;
}

/// Whether the part that is there now, if any, is what the request's conditions want.
Result<bool> may_replace_part(Resources& resources, const Exchange& exchange,
                              const PartName& name) {
  if (!has_tag_conditions(exchange.request)) return true;
  const auto upload = resources.media_uploads.find(exchange.context, name.id);
  if (!upload) return upload.error();
  const domain::MediaPart* part = find_part(*upload, name.number);
  const std::string tag = part != nullptr ? tag_of(*part) : "";
  return evaluate(exchange.request, {.entity_tag = tag}, resources.clock.now()) ==
         Precondition::kHolds;
}

}  // namespace

Answer create_media(Resources& resources, Exchange& exchange) {
  const auto wanted = decode_new_media(exchange.json);
  if (!wanted) return wanted.error();
  const auto upload = resources.media_uploads.create(exchange.context, *wanted);
  if (!upload) return upload.error();
  Response response = json_answer(201, encode_upload(*upload), caching::kNever);
  response.headers.add("Location", media_path(upload->media.id));
  return response;
}

Answer list_parts(Resources& resources, Exchange& exchange) {
  const auto id = media_id(exchange);
  if (!id) return id.error();
  const auto upload = resources.media_uploads.find(exchange.context, *id);
  if (!upload) return upload.error();
  return json_answer(200, encode_upload(*upload), caching::kNever);
}

Answer show_part(Resources& resources, Exchange& exchange) {
  const auto name = part_name(exchange);
  if (!name) return name.error();
  const auto upload = resources.media_uploads.find(exchange.context, name->id);
  if (!upload) return upload.error();
  if (const domain::MediaPart* part = find_part(*upload, name->number)) {
    return conditioned(exchange, tag_of(*part), resources.clock.now(),
                       part_answer(upload->media, *part));
  }
  return Error{.code = Code::kNotFound, .message = "This part has not been received."};
}

Answer write_part(Resources& resources, Exchange& exchange) {
  const auto name = part_name(exchange);
  if (!name) return name.error();
  const auto may_replace = may_replace_part(resources, exchange, *name);
  if (!may_replace) return may_replace.error();
  if (!*may_replace) return refuse_precondition(exchange);
  return with_content(exchange, [&](const domain::UploadContent& content) -> Answer {
    const auto written =
        resources.media_uploads.write_part(exchange.context, name->id, name->number, content);
    if (!written) return written.error();
    Response response = part_answer(written->media, written->part);
    response.headers.add("ETag", tag_of(written->part));
    return response;
  });
}

Answer write_content(Resources& resources, Exchange& exchange) {
  const auto id = media_id(exchange);
  if (!id) return id.error();
  return with_content(exchange, [&](const domain::UploadContent& content) -> Answer {
    const auto media = resources.media_uploads.write_whole(exchange.context, *id, content);
    if (!media) return media.error();
    return accepted(*media);
  });
}

Answer complete_upload(Resources& resources, Exchange& exchange) {
  const auto id = media_id(exchange);
  if (!id) return id.error();
  const auto media = resources.media_uploads.complete(exchange.context, *id);
  if (!media) return media.error();
  return accepted(*media);
}

}  // namespace vigie::http
