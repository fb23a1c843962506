#include "tests/domain/media_world.hpp"

namespace vigie::domain {
namespace {

class UploadRoom : public MediaWorld {};

TEST_F(UploadRoom, CreateStopsAtTheTotalOfAllAccountsAndMakesNothing) {
  room_.counted(kTotalBytes - 30, room_.reserved());
  const auto refused = uploads_.create(owner_, png_upload(31));
  EXPECT_EQ(code_of(refused), Code::kStorageFull);
  EXPECT_EQ(refused.error().message,
            "All accounts together may store 100000 bytes, of which 30 are left; this needs 31.");
  EXPECT_EQ(refused.error().faults,
            (std::vector<FieldFault>{{"/bytes", "Must be at most 30 at the moment."}}));
  EXPECT_EQ(*store_.bytes_used(owner_, *owner_.principal.account_id), 0U);
  EXPECT_TRUE(uploads_.create(owner_, png_upload(20)).ok());
  EXPECT_EQ(code_of(uploads_.create(other_, png_upload(11))), Code::kStorageFull);
  EXPECT_TRUE(uploads_.create(other_, png_upload(10)).ok());
}

TEST_F(UploadRoom, CreateTellsAnAccountOfItsOwnQuotaFirst) {
  EXPECT_TRUE(uploads_.create(owner_, png_upload(5'000)).ok());
  EXPECT_TRUE(uploads_.create(owner_, png_upload(4'000)).ok());
  room_.has_free(0);
  const auto over = uploads_.create(owner_, png_upload(1'001));
  EXPECT_EQ(code_of(over), Code::kQuotaExceeded);
  EXPECT_EQ(over.error().message, "The account uses 9000 of 10000 bytes; this needs 1001.");
  EXPECT_EQ(code_of(uploads_.create(owner_, png_upload(1'000))), Code::kStorageFull);
}

TEST_F(UploadRoom, CreateThatIsRefusedTakesNothingOfTheTotal) {
  room_.counted(kTotalBytes - 6'000, room_.reserved());
  EXPECT_TRUE(uploads_.create(owner_, png_upload(5'000)).ok());
  limits_.quota_bytes = 5'000;
  MediaUploads strict{
      {store_, event_store_, blobs_, jobs_, units_, clock_, ids_, observer_, room_, authenticator_},
      limits_};
  EXPECT_EQ(code_of(strict.create(owner_, png_upload(1'000))), Code::kQuotaExceeded);
  store_.fail_with({.code = Code::kUnavailable});
  EXPECT_EQ(code_of(strict.create(other_, png_upload(1'000))), Code::kUnavailable);
  store_.heal();
  EXPECT_TRUE(strict.create(other_, png_upload(1'000)).ok());
}

TEST_F(UploadRoom, AContentThatTheStoreHasNoRoomForIsNotRead) {
  const std::string content = png(25);
  const Media media = upload(png_upload(25));
  room_.has_free(24);
  fakes::TextSource source(content, 4);
  const auto refused =
      uploads_.write_whole(owner_, media.id, {.source = source, .length = {}, .hash = {}});
  EXPECT_EQ(code_of(refused), Code::kStorageFull);
  EXPECT_TRUE(refused.error().faults.empty());
  EXPECT_EQ(source.next()->size(), 4U);
  EXPECT_TRUE(blobs_.keys().empty());
}

TEST_F(UploadRoom, PartsThatAreThereNeedNoRoom) {
  const std::string content = png(25);
  const Media media = upload(png_upload(25));
  EXPECT_TRUE(write(media, 1, content).ok());
  room_.has_free(15);
  fakes::TextSource source(content);
  EXPECT_TRUE(
      uploads_.write_whole(owner_, media.id, {.source = source, .length = {}, .hash = {}}).ok());
}

}  // namespace
}  // namespace vigie::domain
