#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace vigie::http::console {

/// Writes HTML piece by piece. What is told of requests is hostile text: whatever is not a literal
/// of ours goes through `text`, and nothing of it becomes a link, an image or a style.
class Html {
 public:
  using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// Markup that was written here.
  Html& raw(std::string_view markup);
  /// Escaped; what moves a cursor or turns a line round becomes U+FFFD.
  Html& text(std::string_view text);
  /// Begins an element; values are escaped. `name` and the attributes' names are literals.
  Html& open(std::string_view name, Attributes attributes = {});
  Html& close(std::string_view name);
  /// An element with a text in it.
  Html& element(std::string_view name, std::string_view content, Attributes attributes = {});
  /// `path` is one of this port: it begins with a slash.
  Html& link(std::string_view path, std::string_view content);

  const std::string& str() const noexcept { return out_; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

/// One value of a query, percent-encoded.
std::string query_value(std::string_view text);

}  // namespace vigie::http::console
