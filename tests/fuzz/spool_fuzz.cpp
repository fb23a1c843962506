// The reader of spool segments against any file: it ends, gives back nothing that has a wrong
// checksum or does not inflate, and its counts agree. The first byte of an input holds flags:
//   1  frames get right checksums   2  and payloads that inflate   4  they are given compressed
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "telemetry/gzip.hpp"
#include "telemetry/pipeline/spool_segment.hpp"

namespace {

using namespace vigie::telemetry;
using spool_format::kFrameHeaderBytes;
using spool_format::kHeaderBytes;

void require(bool holds) {
  if (!holds) std::abort();
}

// A fuzzer guesses neither checksums nor deflate: the lengths that it made up get theirs.
std::string repaired(const std::string& file, bool compresses) {
  std::string whole = file.substr(0, kHeaderBytes);
  std::size_t at = kHeaderBytes;
  while (at + kFrameHeaderBytes <= file.size()) {
    std::uint32_t length = 0;
    std::uint32_t record_count = 0;
    std::memcpy(&length, file.data() + at, sizeof length);
    std::memcpy(&record_count, file.data() + at + 4, sizeof record_count);
    length %= 1024;
    if (at + kFrameHeaderBytes + length > file.size()) break;
    std::string payload = file.substr(at + kFrameHeaderBytes, length);
    if (compresses) payload = gzip(payload);
    const auto header = spool_format::encode_frame_header(payload, record_count);
    whole.append(header.data(), header.size()).append(payload);
    at += kFrameHeaderBytes + length;
  }
  return whole.append(file, std::min(at, file.size()));
}

void read_all(const std::string& path, Coding wanted) {
  const auto segment = SpoolSegment::recover(path);
  if (segment == nullptr) return;
  const std::uint64_t present = segment->record_count();
  segment->take_lost_count();
  std::uint64_t taken = 0;
  while (const auto batch = segment->front(wanted)) {
    require(batch->bytes.size() <= segment->file_bytes() || batch->coding == Coding::kPlain);
    require(batch->plain_bytes() <= spool_format::kPlainBytesMax);
    require(batch->coding == Coding::kPlain || wanted == Coding::kGzip);
    taken += batch->record_count;
    segment->take_front();
  }
  const std::uint64_t lost = segment->take_lost_count();
  require(segment->is_exhausted());
  require(segment->record_count() == 0);
  require(taken + lost == present);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned flags = data[0];
  std::string file(reinterpret_cast<const char*>(data + 1), size - 1);
  if ((flags & 1) != 0) file = repaired(file, (flags & 2) != 0);
  const int fd = memfd_create("segment", MFD_CLOEXEC);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (write(fd, file.data(), file.size()) == static_cast<ssize_t>(file.size())) {
    read_all(path, (flags & 4) != 0 ? Coding::kGzip : Coding::kPlain);
  }
  close(fd);
  return 0;
}
