#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/domain/media_head.hpp"
#include "server/domain/media_recognition.hpp"

namespace {

std::string gathered(std::string_view content, std::size_t piece) {
  vigie::domain::MediaHead head;
  for (std::size_t at = 0; at < content.size(); at += piece) head.add(content.substr(at, piece));
  return std::move(head).take();
}

}  // namespace

/// A content's head is bounded and the same however its pieces are cut, and its type is told of any
/// bytes. The first byte says how long the pieces are.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace vigie::domain;
  if (size == 0) return 0;
  const std::string_view content(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::string whole = gathered(content, size);
  if (whole.size() > kMediaHeadBytes) std::abort();
  if (gathered(content, std::size_t{bytes[0]} + 1) != whole) std::abort();
  if (recognised_type(whole).empty() || recognised_type(content).empty()) std::abort();
  return 0;
}
