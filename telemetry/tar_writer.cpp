#include "telemetry/tar_writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <string>

namespace vigie::telemetry {
namespace {

constexpr std::size_t kBlockBytes = 512;

/// The header of one file; numbers are octal text.
struct Header {
  std::array<char, TarWriter::kNameBytesMax> name{};
  std::array<char, 8> mode{};
  std::array<char, 8> user_id{};
  std::array<char, 8> group_id{};
  std::array<char, 12> size{};
  std::array<char, 12> modified{};
  std::array<char, 8> checksum{};
  char type = '0';  // a regular file
  std::array<char, 100> link_name{};
  std::array<char, 6> magic{'u', 's', 't', 'a', 'r', '\0'};
  std::array<char, 2> version{'0', '0'};
  std::array<char, 32> user_name{};
  std::array<char, 32> group_name{};
  std::array<char, 8> device_major{};
  std::array<char, 8> device_minor{};
  std::array<char, 155> prefix{};
  std::array<char, 12> padding{};
};
static_assert(sizeof(Header) == kBlockBytes);

template <std::size_t N>
void write_octal(std::array<char, N>& field, std::uint64_t value) {
  for (std::size_t i = N - 1; i-- > 0; value /= 8) field[i] = static_cast<char>('0' + value % 8);
}

std::string_view bytes_of(const Header& header) {
  return {reinterpret_cast<const char*>(&header), sizeof(header)};
}

/// The sum of the header's bytes, its own field taken as spaces.
void seal(Header& header) {
  header.checksum.fill(' ');
  std::uint64_t sum = 0;
  for (const char byte : bytes_of(header)) sum += static_cast<unsigned char>(byte);
  std::array<char, 7> digits{};
  write_octal(digits, sum);
  std::copy(digits.begin(), digits.end(), header.checksum.begin());
}

}  // namespace

bool TarWriter::add(std::string_view name, std::string_view content, std::uint64_t modified_s) {
  assert(name.size() <= kNameBytesMax);  // names are ours
  Header header;
  std::copy(name.begin(), name.end(), header.name.begin());
  write_octal(header.mode, 0644);
  write_octal(header.user_id, 0);
  write_octal(header.group_id, 0);
  write_octal(header.size, content.size());
  write_octal(header.modified, modified_s);
  seal(header);
  static constexpr std::array<char, kBlockBytes> kZeros{};
  const std::size_t rest = content.size() % kBlockBytes;
  const std::string_view filling(kZeros.data(), rest == 0 ? 0 : kBlockBytes - rest);
  return sink_(bytes_of(header)) && sink_(content) && sink_(filling);
}

// Two empty blocks.
bool TarWriter::finish() { return sink_(std::string(2 * kBlockBytes, '\0')); }

}  // namespace vigie::telemetry
