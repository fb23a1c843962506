#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <utility>

#include "server/blob/sha256.hpp"
#include "server/domain/blob_store.hpp"
#include "server/net/cpu_pool.hpp"
#include "server/net/runtime.hpp"

namespace vigie::blob::testing {

using namespace std::chrono_literals;
using domain::BlobKey;
using domain::PartReceipt;

/// Two reactors and the pool that a store works with.
class Reactors {
 public:
  Reactors() = default;
  ~Reactors() {
    runtime_.stop();
    EXPECT_EQ(runtime_.uncaught_exceptions(), 0U);
  }

  net::CpuPool& pool() { return *pool_; }
  void run(const std::function<void()>& body) { net::run_on_fiber(runtime_, 0, body); }
  /// `body(0)` … `body(count - 1)` at once, each on a fiber.
  void run_all(std::size_t count, const std::function<void(std::size_t)>& body) {
    std::latch done(static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i < count; ++i) {
      net::EventLoop& loop = runtime_.loop(i % runtime_.size());
      loop.post([&, i] {
        loop.spawn([&, i] {
          body(i);
          done.count_down();
        });
      });
    }
    done.wait();
  }

 private:
  net::Runtime runtime_{
      {.reactor_count = 2, .fiber_stack_bytes = std::size_t{256} * 1024, .name = "test"}};
  std::unique_ptr<net::CpuPool> pool_ = net::make_cpu_pool("blob", 2, 64);
};

inline domain::Context within(std::chrono::milliseconds time) {
  domain::Context context;
  context.deadline = std::chrono::steady_clock::now() + time;
  return context;
}

/// Bytes that no two seeds have alike.
inline std::string content(std::size_t bytes, unsigned seed) {
  std::string text(bytes, '\0');
  std::uint32_t state = seed * 2654435761U + 1;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

inline domain::ContentHash hash_of(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

inline BlobKey object_key(const domain::ContentHash& hash) {
  const std::string name = hash.to_string();
  return "blobs/" + name.substr(0, 2) + "/" + name;
}

/// What a result was refused with.
template <typename T>
std::string code_of(const domain::Result<T>& result) {
  return result ? "success" : std::string(domain::name_of(result.error().code));
}

template <typename T>
std::string detail_of(const domain::Result<T>& result) {
  return result ? "" : result.error().detail;
}

#define VIGIE_ASSERT_OK(result) \
  ASSERT_TRUE((result).ok()) << code_of(result) << ": " << detail_of(result)

/// The bytes of an object's range, however the store has them.
inline domain::Result<std::string> read(domain::BlobStore& store, const BlobKey& key,
                                        std::uint64_t offset, std::uint64_t length) {
  auto opened = store.open(within(10s), key, offset, length);
  if (!opened) return std::move(opened).error();
  std::string bytes;
  if (const auto* const file = std::get_if<core::Descriptor>(&*opened)) {
    bytes.resize(length);
    const ssize_t got = ::pread(file->get(), bytes.data(), length, static_cast<off_t>(offset));
    bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
    return bytes;
  }
  domain::BlobSource& source = *std::get<std::unique_ptr<domain::BlobSource>>(*opened);
  while (true) {
    auto next = source.next();
    if (!next) return std::move(next).error();
    if (next->empty()) return bytes;
    bytes += *next;
  }
}

/// Writes one part in portions as a network delivers them.
inline domain::Result<PartReceipt> write_part(domain::BlobStore& store,
                                              const domain::PartPlace& place,
                                              std::string_view bytes) {
  auto sink = store.write_part(within(30s), place);
  if (!sink) return std::move(sink).error();
  constexpr std::size_t kPortion = 65'521;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kPortion, bytes.size()))) {
    auto written = (*sink)->write(bytes.substr(0, kPortion));
    if (!written) return std::move(written).error();
  }
  return (*sink)->commit();
}

}  // namespace vigie::blob::testing
