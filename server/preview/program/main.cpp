// vigie-preview: makes the previews of one image and can do nothing else.
//   vigie-preview MEMORY_BYTES CPU_SECONDS <image >frames
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "server/preview/program/confinement.hpp"
#include "server/preview/program/image.hpp"
#include "server/preview/protocol.hpp"

namespace vigie::preview {
namespace {

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0) {
    throw Refusal(ExitCode::kWrongUsage, "vigie-preview MEMORY_BYTES CPU_SECONDS <image >frames");
  }
  return value;
}

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw std::runtime_error(std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void write_frame(std::string_view name, std::string_view bytes) {
  write_all(std::string(name) + " " + std::to_string(bytes.size()) + "\n");
  write_all(bytes);
}

/// Each size is made of the next larger one: the image itself is decoded once.
void make_previews(SourceImage& source) {
  const std::string facts = source.facts();
  std::unique_ptr<VipsImage, Unref> image = source.shrink(kPreviewSizes.back().pixels_max);
  write_frame(kFactsFrame, facts);
  for (auto size = kPreviewSizes.rbegin(); size != kPreviewSizes.rend(); ++size) {
    if (size != kPreviewSizes.rbegin()) image = shrink(image.get(), size->pixels_max);
    for (const std::string_view suffix : {".webp", ".jpeg"}) {
      const std::string name = std::string(size->name) + std::string(suffix);
      write_frame(name, encode(image.get(), name));
    }
  }
  write_frame(kEndFrame, "");
}

void confine_and_start(int argc, char** argv) {
  if (argc != 3) number("");
  const ConfinementLimits limits{.memory_bytes_max = number(argv[1]),
                                 .cpu_seconds_max = number(argv[2])};
  give_up_rights(limits);
  start_library(argv[0]);
  give_up_system_calls(limits);
}

int run(int argc, char** argv) {
  ExitCode code = ExitCode::kNotConfined;
  try {
    confine_and_start(argc, argv);
    code = ExitCode::kRefused;
    SourceImage source(STDIN_FILENO);
    make_previews(source);
    return static_cast<int>(ExitCode::kDone);
  } catch (const Refusal& refusal) {
    std::fprintf(stderr, "%s\n", refusal.what());
    code = refusal.code;
  } catch (const std::bad_alloc&) {
    code = ExitCode::kOutOfMemory;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return static_cast<int>(code);
}

}  // namespace
}  // namespace vigie::preview

int main(int argc, char** argv) {
  // Not exit: what libraries would tidy up at their end is gone with the process.
  std::_Exit(vigie::preview::run(argc, argv));
}
