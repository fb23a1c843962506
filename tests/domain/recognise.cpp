#include <fstream>
#include <iostream>
#include <string>

#include "server/domain/media_head.hpp"
#include "server/domain/media_recognition.hpp"
#include "server/domain/media_type.hpp"

/// For each path on standard input its type, as an upload's content is recognised, or "-" for what
/// is not taken.
int main() {
  using namespace vigie::domain;
  std::string path;
  constexpr int kBytesMax = 4 << 20;  // tags with covers fit
  std::string piece(kBytesMax, '\0');
  while (std::getline(std::cin, path)) {
    std::ifstream file(path, std::ios::binary);
    MediaHead head;
    file.read(piece.data(), kBytesMax);
    head.add(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
    const std::string gathered = std::move(head).take();
    const std::string_view type = recognised_type(gathered);
    const MediaType* const taken = find_media_type(type);
    std::cout << (taken == nullptr || taken->name != type ? "-" : type) << '\n';
  }
}
