#include <functional>
#include <string>
#include <utility>

#include "server/domain/media_uploads.hpp"
#include "tests/domain/media_world.hpp"

namespace vigie::domain {
namespace {

class OvertakenUpload : public MediaWorld {};

/// A content at whose end something else happens first.
class OvertakenSource : public BlobSource {
 public:
  OvertakenSource(const std::string& text, std::function<void()> meanwhile)
      : text_(text, text.size()), bytes_(text.size()), meanwhile_(std::move(meanwhile)) {}
  Result<std::string_view> next() override {
    if (bytes_ == 0) std::exchange(meanwhile_, [] {})();
    bytes_ = 0;
    return text_.next();
  }

 private:
  fakes::TextSource text_;
  std::size_t bytes_;
  std::function<void()> meanwhile_;
};

TEST_F(OvertakenUpload, IsTold) {
  for (const std::size_t bytes : {10U, 25U}) {  // of one part, and of several
    const std::string own = png(bytes);
    const std::string other = png(bytes, '!');
    const auto overtaken_by = [&](const std::string& text, bool is_completed) {
      const Media media = upload(png_upload(bytes));
      OvertakenSource source(own, [&] {
        write_all_parts(media, text);
        if (is_completed) {
          EXPECT_TRUE(uploads_.complete(owner_, media.id).ok());
        }
      });
      return code_of(
          uploads_.write_whole(owner_, media.id, {.source = source, .length = bytes, .hash = {}}));
    };
    EXPECT_EQ(overtaken_by(other, true), Code::kStatusChangeNotAllowed);
    EXPECT_EQ(overtaken_by(other, false), Code::kUploadBusy);
  }
  const Media media = upload(png_upload(10));
  OvertakenSource source(png(10), [&] {
    write_all_parts(media, png(10));
    EXPECT_TRUE(uploads_.complete(owner_, media.id).ok());
  });
  EXPECT_TRUE(
      uploads_.write_whole(owner_, media.id, {.source = source, .length = 10, .hash = {}}).ok());
}

}  // namespace
}  // namespace vigie::domain
