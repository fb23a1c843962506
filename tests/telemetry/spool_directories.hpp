#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "telemetry/pipeline/spool.hpp"

namespace vigie::telemetry {

/// A directory for one test, removed at its end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : path_(testing::TempDir() + "vigie_spool_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory");
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, std::string_view bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// Names of the files in a directory that end so.
inline std::vector<std::string> files_in(const std::string& directory, std::string_view suffix) {
  std::vector<std::string> names;
  if (!std::filesystem::exists(directory)) return names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().string().ends_with(suffix)) names.push_back(entry.path().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Bytes that no compression makes fewer; the same for the same seed.
inline std::string noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

/// Takes all that is in the spool.
inline std::vector<std::string> drain(Spool& spool) {
  std::vector<std::string> taken;
  while (const auto batch = spool.front()) {
    taken.push_back(batch->bytes);
    spool.take_front();
  }
  return taken;
}

/// The exit code of `body` in a process of its own; 128 + signal when it was killed.
inline int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace vigie::telemetry
