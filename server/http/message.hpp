#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/domain/result.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::http {

/// Methods this server knows (RFC 9110, section 9; RFC 5789). kUnknown is answered 501.
enum class Method : std::uint8_t {
  kGet,
  kHead,
  kPost,
  kPut,
  kPatch,
  kDelete,
  kOptions,
  kConnect,
  kTrace,
  kUnknown
};

std::string_view name_of(Method method) noexcept;

/// One header field of a request. Views into storage that lives as long as the request.
struct HeaderView {
  std::string_view name;  // as received
  std::string_view value;
};

/// The fields of a request in the order received, duplicates kept.
class RequestHeaders {
 public:
  void add(HeaderView field) { fields_.push_back(field); }
  /// Of the field added last.
  void set_last_value(std::string_view value) { fields_.back().value = value; }
  void clear() noexcept { fields_.clear(); }
  /// The first field of that name (case-insensitive), or nothing.
  std::optional<std::string_view> first(std::string_view name) const noexcept;
  /// How many fields have that name.
  std::size_t count(std::string_view name) const noexcept;
  const std::vector<HeaderView>& fields() const noexcept { return fields_; }

 private:
  std::vector<HeaderView> fields_;
};

/// A request's content as it arrives. Used on the request's fiber only.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// The next bytes, waiting for them; empty at the end. The view is valid until the next call.
  /// Fails with kValidationFailed when the content exceeds the admitted size (answered 413), with
  /// kDeadlineExceeded when it is slower than the minimum rate (408), and with kUnavailable when
  /// the peer left or its framing is malformed (400, if anyone is there to read it).
  virtual domain::Result<std::string_view> next() = 0;
  /// Content-Length, when the request has one.
  virtual std::optional<std::uint64_t> length() const noexcept = 0;
};

/// The views look into the connection's buffers, which outlive the request.
struct Request {
  Method method = Method::kUnknown;
  std::string_view method_name;  // as received
  std::string_view target;       // as received, origin-form or absolute-form
  std::string_view path;         // of the target, still percent-encoded
  std::string_view query;        // without '?', still percent-encoded
  RequestHeaders headers;
  RequestHeaders trailers;                            // complete once the body was read to its end
  std::string_view peer_address;                      // numeric, without port
  int minor_version = 1;                              // HTTP/1.x
  std::chrono::steady_clock::time_point received_at;  // first byte of the request
  BodyReader* body = nullptr;                         // never null inside Application::handle
};

/// The fields of a response. Names and values are checked: a value with CR, LF or NUL is dropped by
/// `set` and `add`, which then return false (header injection is impossible).
class ResponseHeaders {
 public:
  struct Field {
    std::string_view name;  // a literal
    std::string value;
  };
  /// Replaces all fields of that name. `name` is a string literal.
  bool set(std::string_view name, std::string value);
  bool add(std::string_view name, std::string value);
  const std::string* first(std::string_view name) const noexcept;
  const std::vector<Field>& fields() const noexcept { return fields_; }

 private:
  std::vector<Field> fields_;
};

/// Part of an open file, sent with sendfile(2). Owns the file's descriptor.
class FileRange {
 public:
  FileRange(core::Descriptor file, std::uint64_t offset, std::uint64_t length) noexcept
      : file_(std::move(file)), offset_(offset), length_(length) {}
  // Out of line: where they are inlined, g++ 12 believes that a Response is left uninitialised.
  FileRange(FileRange&& other) noexcept;
  FileRange& operator=(FileRange&& other) noexcept;
  ~FileRange();

  int fd() const noexcept { return file_.get(); }
  std::uint64_t offset() const noexcept { return offset_; }
  std::uint64_t length() const noexcept { return length_; }

 private:
  core::Descriptor file_;
  std::uint64_t offset_;
  std::uint64_t length_;
};

/// Where a streamed body is written. Used on the request's fiber only.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  /// Queues bytes; waits while the connection's write queue is above its high-water mark. False
  /// when the client has gone or the server is stopping: the producer returns then.
  virtual bool write(std::string_view bytes) = 0;
};

/// A body produced on the request's fiber after the header has been sent. One that turns out to
/// have another length than was announced ends the connection: the client must not take it for
/// whole.
struct BodyStream {
  std::function<void(BodyWriter&)> produce;
  /// Nothing: not known beforehand.
  std::optional<std::uint64_t> length = std::nullopt;
};

/// Texts and parts of files, one after the other.
struct BodyPieces {
  std::vector<std::variant<std::string, FileRange>> pieces;

  std::uint64_t length() const noexcept;
};

struct Response {
  int status = 200;
  ResponseHeaders headers;
  std::variant<std::string, FileRange, BodyStream, BodyPieces> body;
  /// The connection is closed after this response.
  bool must_close = false;
};

}  // namespace vigie::http
