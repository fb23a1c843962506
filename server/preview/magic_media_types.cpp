#include "server/preview/magic_media_types.hpp"

#include <magic.h>

#include <mutex>
#include <stdexcept>
#include <utility>

namespace vigie::preview {
namespace {

using domain::Code;
using domain::Error;
using domain::Result;

constexpr int kFlags = MAGIC_MIME_TYPE | MAGIC_ERROR | MAGIC_NO_CHECK_BUILTIN;
constexpr const char* kUnknown = "application/octet-stream";

struct Bound {
  int parameter;
  std::size_t value;
};

/// Indirections, uses of named entries, lines of regular expressions, bytes.
constexpr Bound kBounds[] = {{MAGIC_PARAM_INDIR_MAX, 4},
                             {MAGIC_PARAM_NAME_MAX, 16},
                             {MAGIC_PARAM_REGEX_MAX, 1024},
                             {MAGIC_PARAM_BYTES_MAX, domain::kMediaHeadBytes}};

Error not_done(net::CpuPool::Outcome outcome) {
  if (outcome == net::CpuPool::Outcome::kRefused) {
    return {.code = Code::kOverloaded,
            .message = "Too much is being uploaded at the moment.",
            .detail = "the queue of the pool that tells types is full"};
  }
  return {.code = Code::kDeadlineExceeded,
          .message = "The request took too long.",
          .detail = "the deadline passed before the type was told"};
}

}  // namespace

/// The loaded table; one look at a time.
class MagicMediaTypes::Table {
 public:
  Table() : handle_(::magic_open(kFlags), &::magic_close) {
    if (!handle_) throw std::runtime_error("libmagic could not be opened");
    if (::magic_load(handle_.get(), nullptr) != 0) {
      throw std::runtime_error(std::string("libmagic: ") + ::magic_error(handle_.get()));
    }
    for (const Bound& bound : kBounds) {
      ::magic_setparam(handle_.get(), bound.parameter, &bound.value);
    }
  }

  std::string look_at(std::string_view head) {
    const std::lock_guard lock(mutex_);
    const char* const name = ::magic_buffer(handle_.get(), head.data(), head.size());
    return name == nullptr ? kUnknown : name;
  }

 private:
  std::unique_ptr<magic_set, decltype(&::magic_close)> handle_;
  std::mutex mutex_;  // guards handle_
};

MagicMediaTypes::MagicMediaTypes(net::CpuPool& pool)
    : pool_(pool), table_(std::make_shared<Table>()) {}

Result<std::string> MagicMediaTypes::sniff(const domain::Context& context, std::string_view head) {
  const auto name = std::make_shared<std::string>();
  const std::string bytes(head.substr(0, domain::kMediaHeadBytes));
  const auto outcome =
      pool_.run([table = table_, name, bytes] { *name = table->look_at(bytes); }, context.deadline);
  if (outcome != net::CpuPool::Outcome::kDone) return not_done(outcome);
  return std::move(*name);
}

}  // namespace vigie::preview
