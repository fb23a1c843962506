#include "telemetry/pipeline/spool_directory.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace vigie::telemetry {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigits = 16;
constexpr std::string_view kSegment = ".spool";
constexpr std::string_view kSetAside = ".corrupt";

std::string numbered(std::uint64_t number, std::string_view suffix) {
  std::array<char, kDigits + 1> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llu", static_cast<unsigned long long>(number));
  return std::string(digits.data()).append(suffix);
}

// Numbers of the files "0000000000000042<suffix>", in order.
std::vector<std::uint64_t> numbers_in(const std::string& directory, std::string_view suffix) {
  std::vector<std::uint64_t> numbers;
  std::error_code failed;
  for (fs::directory_iterator entry(directory, failed), end; !failed && entry != end;
       entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    if (name.size() != kDigits + suffix.size() || !name.ends_with(suffix)) continue;
    std::uint64_t number = 0;
    const char* digits_end = name.data() + kDigits;
    if (std::from_chars(name.data(), digits_end, number).ptr == digits_end) {
      numbers.push_back(number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// What is spooled may hold personal data.
bool make_directory(const std::string& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed) {
    errno = failed.value();
    return false;
  }
  fs::permissions(path, fs::perms::owner_all, failed);
  return true;
}

bool lock_directory(const std::string& path, DiskFile& lock) {
  if (!lock.open(path + "/lock", O_RDWR | O_CREAT)) return false;
  if (lock.lock()) return true;
  const int cause = errno;
  lock.close();
  errno = cause;
  return false;
}

}  // namespace

std::string SpoolDirectory::name_of(std::size_t index) const {
  return index == 0 ? place_ : place_ + "." + std::to_string(index);
}

bool SpoolDirectory::acquire() {
  for (index_ = 0; index_ < kProcessesMax; ++index_) {
    path_ = name_of(index_);
    if (!make_directory(path_)) return false;
    if (!lock_directory(path_, lock_)) {
      if (errno == EWOULDBLOCK) continue;
      return false;
    }
    const auto present = segments();
    const auto aside = numbers_in(path_, kSetAside);
    next_number_ =
        1 + std::max(present.empty() ? 0 : present.back(), aside.empty() ? 0 : aside.back());
    return true;
  }
  return false;
}

std::string SpoolDirectory::path_of(std::uint64_t number) const {
  return path_ + "/" + numbered(number, kSegment);
}

std::vector<std::uint64_t> SpoolDirectory::segments() const { return numbers_in(path_, kSegment); }

void SpoolDirectory::sync() const noexcept {
  DiskFile directory;
  if (directory.open(path_, O_RDONLY | O_DIRECTORY)) directory.sync();
}

std::vector<std::uint64_t> SpoolDirectory::adopt() {
  std::vector<std::uint64_t> adopted;
  for (std::size_t i = 0; i < kProcessesMax; ++i) {
    if (i != index_) adopt_from(i, adopted);
  }
  return adopted;
}

// The directory and its lock stay: another process may be about to take them.
void SpoolDirectory::adopt_from(std::size_t index, std::vector<std::uint64_t>& adopted) {
  const std::string other = name_of(index);
  const std::vector<std::uint64_t> left = numbers_in(other, kSegment);
  DiskFile lock;
  if (left.empty() || !lock_directory(other, lock)) return;
  for (const std::uint64_t number : numbers_in(other, kSegment)) {
    const std::string from = other + "/" + numbered(number, kSegment);
    if (std::rename(from.c_str(), path_of(next_number_).c_str()) == 0) {
      adopted.push_back(next_number_++);
    }
  }
}

void SpoolDirectory::set_aside(std::uint64_t number) noexcept {
  const std::string to = path_ + "/" + numbered(number, kSetAside);
  if (std::rename(path_of(number).c_str(), to.c_str()) != 0) unlink(path_of(number).c_str());
  while (numbers_in(path_, kSetAside).size() > kSetAsideMax && remove_oldest_set_aside()) {
  }
}

std::uint64_t SpoolDirectory::set_aside_bytes() const {
  std::uint64_t bytes = 0;
  for (const std::uint64_t number : numbers_in(path_, kSetAside)) {
    std::error_code failed;
    const auto size = fs::file_size(path_ + "/" + numbered(number, kSetAside), failed);
    if (!failed) bytes += size;
  }
  return bytes;
}

bool SpoolDirectory::remove_oldest_set_aside() noexcept {
  const auto numbers = numbers_in(path_, kSetAside);
  return !numbers.empty() &&
         unlink((path_ + "/" + numbered(numbers.front(), kSetAside)).c_str()) == 0;
}

}  // namespace vigie::telemetry
