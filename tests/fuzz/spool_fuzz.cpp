// The reader of spool segments against any file: it ends, gives back nothing that has a wrong
// checksum, and its counts agree.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "telemetry/pipeline/spool_segment.hpp"

namespace {

using namespace vigie::telemetry;
using spool_format::kFrameHeaderBytes;
using spool_format::kHeaderBytes;

void require(bool holds) {
  if (!holds) std::abort();
}

// A fuzzer does not guess checksums: the lengths that it made up get theirs.
void repair_checksums(std::string& file) {
  for (std::size_t at = kHeaderBytes; at + kFrameHeaderBytes <= file.size();) {
    std::uint32_t length = 0;
    std::uint32_t record_count = 0;
    std::memcpy(&length, file.data() + at, sizeof length);
    std::memcpy(&record_count, file.data() + at + 4, sizeof record_count);
    length = static_cast<std::uint32_t>(length % 1024);
    if (at + kFrameHeaderBytes + length > file.size()) return;
    const auto header = spool_format::encode_frame_header(
        {file.data() + at + kFrameHeaderBytes, length}, record_count);
    std::memcpy(file.data() + at, header.data(), header.size());
    at += kFrameHeaderBytes + length;
  }
}

void read_all(const std::string& path) {
  const auto segment = SpoolSegment::recover(path);
  if (segment == nullptr) return;
  const std::uint64_t present = segment->record_count();
  segment->take_lost_count();
  std::uint64_t taken = 0;
  while (const auto batch = segment->front()) {
    require(batch->bytes.size() <= segment->file_bytes());
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
  std::string file(reinterpret_cast<const char*>(data + 1), size - 1);
  if ((data[0] & 1) != 0) repair_checksums(file);
  const int fd = memfd_create("segment", MFD_CLOEXEC);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (write(fd, file.data(), file.size()) == static_cast<ssize_t>(file.size())) read_all(path);
  close(fd);
  return 0;
}
