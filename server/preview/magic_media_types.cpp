#include "server/preview/magic_media_types.hpp"

#include <magic.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace vigie::preview {
namespace {

using domain::Code;
using domain::Error;
using domain::Result;

constexpr int kFlags = MAGIC_MIME_TYPE | MAGIC_ERROR | MAGIC_NO_CHECK_BUILTIN;
constexpr std::string_view kUnknown = "application/octet-stream";
constexpr std::string_view kMusic = "audio/mpeg";

struct Bound {
  int parameter;
  std::size_t value;
};

/// Indirections, uses of named entries, lines of regular expressions, bytes.
constexpr auto kBounds = std::to_array<Bound>({{MAGIC_PARAM_INDIR_MAX, 4},
                                               {MAGIC_PARAM_NAME_MAX, 16},
                                               {MAGIC_PARAM_REGEX_MAX, 1024},
                                               {MAGIC_PARAM_BYTES_MAX, domain::kMediaHeadBytes}});

/// ID3v2 (id3.org, 3.1): "ID3", version, flags, and a length of 28 bits in four bytes.
constexpr std::size_t kTagHeaderBytes = 10;

bool is_frame_name(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

/// Music with a tag so long, by the picture of its cover, that none of the sound is in the head, by
/// which libmagic would tell it. A shorter tag is no reason to believe what follows it.
bool has_tag_beyond(std::string_view head) {
  if (head.size() <= kTagHeaderBytes + 4 || !head.starts_with("ID3")) return false;
  const auto byte = [head](std::size_t at) { return static_cast<unsigned char>(head[at]); };
  const int version = byte(3);
  constexpr int kExtended = 0x40;
  const bool is_length = (byte(6) | byte(7) | byte(8) | byte(9)) < 0x80;
  if (version < 2 || version > 4 || !is_length || (byte(5) & 0x0f) != 0) return false;
  const std::size_t length = (std::size_t{byte(6)} << 21) | (std::size_t{byte(7)} << 14) |
                             (std::size_t{byte(8)} << 7) | std::size_t{byte(9)};
  if (kTagHeaderBytes + length < head.size()) return false;
  const std::size_t name_bytes = version == 2 ? 3 : 4;
  return (byte(5) & kExtended) != 0 || is_frame_name(head.substr(kTagHeaderBytes, name_bytes));
}

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
    const std::string_view told = name == nullptr ? kUnknown : name;
    return std::string(told == kUnknown && has_tag_beyond(head) ? kMusic : told);
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
