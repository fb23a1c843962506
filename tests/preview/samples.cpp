#include "tests/preview/samples.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <stdexcept>

namespace vigie::preview::testing {
namespace {

constexpr const char* kBackgrounds = "/usr/share/backgrounds/mate/";

/// A file that goes with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    const int fd = ::mkstemp(path_.data());
    if (fd < 0) throw std::runtime_error("mkstemp failed");
    std::ofstream(path_, std::ios::binary).write(content.data(), std::ssize(content));
    ::close(fd);
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/vigie-image-XXXXXX";
};

/// Standard output of a shell command; empty when it fails.
std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "re"),
                                                             [](std::FILE*) { return 0; });
  std::string output;
  std::array<char, 65536> chunk{};
  for (std::size_t count = 0; (count = std::fread(chunk.data(), 1, chunk.size(), pipe.get())) > 0;)
    output.append(chunk.data(), count);
  return ::pclose(pipe.get()) == 0 ? output : "";
}

void append_number(std::string& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift);
}

std::string chunk(std::string_view type, std::string_view content) {
  std::string body = std::string(type) + std::string(content);
  std::string made;
  append_number(made, static_cast<std::uint32_t>(content.size()));
  made += body;
  append_number(made,
                static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(body.data()),
                                                   static_cast<uInt>(body.size()))));
  return made;
}

std::string png_start(std::uint32_t width, std::uint32_t height, bool is_interlaced) {
  std::string header;
  append_number(header, width);
  append_number(header, height);
  header += std::string{8, 0, 0, 0, static_cast<char>(is_interlaced ? 1 : 0)};
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR", header);
}

/// Bytes of gray pixels and their filter bytes before compression.
std::uint64_t raw_bytes(std::uint64_t width, std::uint64_t height, bool is_interlaced) {
  if (!is_interlaced) return (width + 1) * height;
  struct Pass {
    std::uint64_t x, y, dx, dy;
  };
  constexpr std::array<Pass, 7> kAdam7{{{0, 0, 8, 8},
                                        {4, 0, 8, 8},
                                        {0, 4, 4, 8},
                                        {2, 0, 4, 4},
                                        {0, 2, 2, 4},
                                        {1, 0, 2, 2},
                                        {0, 1, 1, 2}}};
  std::uint64_t bytes = 0;
  for (const Pass& pass : kAdam7) {
    const std::uint64_t columns = (width - pass.x + pass.dx - 1) / pass.dx;
    const std::uint64_t rows = (height - pass.y + pass.dy - 1) / pass.dy;
    bytes += (columns + 1) * rows;
  }
  return bytes;
}

std::string deflated_zeros(std::uint64_t count) {
  std::vector<Bytef> zeros(std::size_t{1} << 20);
  std::vector<Bytef> room(std::size_t{1} << 16);
  std::string out;
  z_stream stream{};
  ::deflateInit(&stream, 1);
  while (count > 0 || stream.avail_in > 0) {
    if (stream.avail_in == 0) {
      stream.next_in = zeros.data();
      stream.avail_in = static_cast<uInt>(std::min<std::uint64_t>(count, zeros.size()));
      count -= stream.avail_in;
    }
    stream.next_out = room.data();
    stream.avail_out = static_cast<uInt>(room.size());
    ::deflate(&stream, count == 0 ? Z_FINISH : Z_NO_FLUSH);
    out.append(reinterpret_cast<const char*>(room.data()), room.size() - stream.avail_out);
  }
  ::deflateEnd(&stream);
  return out;
}

}  // namespace

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> photographs() {
  std::vector<std::string> images;
  for (const char* name :
       {"nature/Dune.jpg", "nature/Wood.jpg", "abstract/Elephants_3840x2160.jpg"}) {
    std::string content = content_of(std::string(kBackgrounds) + name);
    if (content.empty()) return {};
    images.push_back(std::move(content));
  }
  return images;
}

std::string made(const std::string& kind) { return output_of(IMAGE_TOOL " make " + kind); }

std::string described(std::string_view image) {
  const TemporaryFile file(image);
  return output_of(IMAGE_TOOL " describe <" + file.path() + " 2>/dev/null");
}

std::string with_tags(std::string_view image, const std::vector<std::string>& tags) {
  const TemporaryFile file(image);
  std::string command = "exiftool -q -o -";
  for (const std::string& tag : tags) command += " '" + tag + "'";
  return output_of(command + " " + file.path() + " 2>/dev/null");
}

std::string metadata_of(std::string_view image) {
  const TemporaryFile file(image);
  return output_of(
      "exiftool -s -G -a -u --File:all --ExifTool:all --Composite:all --JFIF:all --RIFF:all " +
      file.path() + " && echo end");
}

std::string black_png(std::uint32_t width, std::uint32_t height, bool is_interlaced) {
  return png_start(width, height, is_interlaced) +
         chunk("IDAT", deflated_zeros(raw_bytes(width, height, is_interlaced))) + chunk("IEND", "");
}

std::string png_header(std::uint32_t width, std::uint32_t height) {
  return png_start(width, height, false) + chunk("IDAT", "");
}

std::string gif(std::uint16_t width, std::uint16_t height, std::size_t frames) {
  const auto pair = [](unsigned value) {
    return std::string{static_cast<char>(value & 0xff), static_cast<char>(value >> 8)};
  };
  std::string made = "GIF89a" + pair(width) + pair(height);
  made += std::string("\x80\0\0\0\0\0\xff\xff\xff", 9);
  // One pixel: clear, index 0, end.
  const std::string frame = std::string("\x2c\0\0\0\0\1\0\1\0\0\2\2\x44\1\0", 15);
  for (std::size_t i = 0; i < frames; ++i) made += frame;
  return made + ";";
}

std::string mutated(std::string_view image, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string changed(image);
  const auto below = [&random](std::size_t bound) {
    return random() % std::max<std::size_t>(1, bound);
  };
  const std::size_t changes = 1 + below(8);
  for (std::size_t i = 0; i < changes && !changed.empty(); ++i) {
    // Half of them in the first bytes, where the structure is.
    const std::size_t place =
        below(random() % 2 == 0 ? std::min<std::size_t>(changed.size(), 1024) : changed.size());
    const std::size_t length = 1 + below(std::min<std::size_t>(64, changed.size() - place));
    switch (random() % 6) {
      case 0:
        changed[place] = static_cast<char>(changed[place] ^ (1 << below(8)));
        break;
      case 1:
        changed[place] = static_cast<char>(random() % 2 == 0 ? 0xff : 0x00);
        break;
      case 2:
        changed.erase(place, length);
        break;
      case 3:
        changed.insert(place, std::string(changed, place, length));
        break;
      case 4:
        changed.insert(place, std::string(length * 100, static_cast<char>(random() % 256)));
        break;
      default:
        if (below(4) == 0) changed.resize(place + 1);
        break;
    }
  }
  return changed;
}

}  // namespace vigie::preview::testing
