#pragma once

#include <utility>
#include <vector>

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

template <typename World>
class MediaStoreContract : public StoreContract<World> {
 protected:
  static constexpr std::uint64_t kQuota = 1'000;

  /// Another one for each number.
  domain::ContentHash hash_of(const domain::MediaId& id) {
    domain::ContentHash hash;
    std::copy(id.uuid.bytes.begin(), id.uuid.bytes.end(), hash.bytes.begin());
    return hash;
  }
  domain::Media new_upload(domain::AccountId owner) {
    return {.id = {this->new_id()},
            .owner_id = owner,
            .file_name = "../Été \"½\".png",
            .declared_type = "image/png",
            .bytes = 25,
            .part_bytes = 10,
            .created_at = this->kNow + std::chrono::microseconds(7),
            .updated_at = this->kNow + std::chrono::microseconds(7),
            .expires_at = this->kNow + std::chrono::hours(24)};
  }
  void insert(const domain::Media& media) {
    const auto answer = this->world.media().insert(this->context(), media, kQuota);
    VIGIE_EXPECT_OK(answer);
    EXPECT_TRUE(answer && answer->has_room);
  }
  domain::Media stored_upload() { return stored_upload(this->stored_account()); }
  domain::Media stored_upload(domain::AccountId owner) {
    const domain::Media media = new_upload(owner);
    insert(media);
    return media;
  }
  std::optional<domain::Media> find(domain::MediaId id) {
    const auto found = this->world.media().find(this->context(), id);
    VIGIE_EXPECT_OK(found);
    return found ? *found : std::nullopt;
  }
  /// Does `work` in a unit of work, and commits.
  void within(const std::function<void(const domain::Context&)>& work) {
    const auto done = domain::within_unit(this->context(), this->world.units(),
                                          [&](const domain::Context& joined) {
                                            work(joined);
                                            return domain::Result<void>{};
                                          });
    VIGIE_EXPECT_OK(done);
  }
  domain::Media completed(domain::Media media, const domain::ContentHash& hash) {
    media.state = domain::MediaState::kProcessing;
    media.hash = hash;
    media.type = "image/png";
    media.job_id = domain::JobId{this->new_id()};
    media.completed_at = this->kNow + std::chrono::seconds(5);
    media.updated_at = *media.completed_at;
    within([&](const domain::Context& joined) {
      VIGIE_EXPECT_OK(this->world.media().lock_blob(joined, hash, media.bytes));
      VIGIE_EXPECT_OK(this->world.media().complete(joined, media));
    });
    return media;
  }
  domain::Media stored_media() {
    const domain::Media media = stored_upload();
    return completed(media, hash_of(media.id));
  }
  domain::MediaPart part(std::uint32_t number) {
    return {.number = number,
            .receipt = {.bytes = 10, .hash = hash_of({this->new_id()}), .token = "token-1"},
            .head = number == 1 ? std::string("\x89PNG\0\xff", 6) : ""};
  }
  std::optional<domain::BlobRecord> blob(const domain::ContentHash& hash) {
    std::optional<domain::BlobRecord> found;
    within([&](const domain::Context& joined) {
      const auto record = this->world.media().find_blob_locked(joined, hash);
      VIGIE_EXPECT_OK(record);
      found = *record;
    });
    return found;
  }
  std::vector<std::uint32_t> part_numbers(domain::MediaId id) {
    std::vector<std::uint32_t> numbers;
    const auto parts = this->world.media().parts(this->context(), id);
    VIGIE_EXPECT_OK(parts);
    for (const domain::MediaPart& row : *parts) numbers.push_back(row.number);
    return numbers;
  }
};
TYPED_TEST_SUITE(MediaStoreContract, Worlds);

TYPED_TEST(MediaStoreContract, FindsWhatWasInserted) {
  this->world.run([this] {
    domain::Media media = this->new_upload(this->stored_account());
    media.declared_hash = this->hash_of(media.id);
    this->insert(media);
    EXPECT_EQ(this->find(media.id), media);
    EXPECT_EQ(this->find({this->new_id()}), std::nullopt);
    this->within([&](const domain::Context& joined) {
      EXPECT_EQ(*this->world.media().lock(joined, media.id), media);
    });
  });
}

TYPED_TEST(MediaStoreContract, AQuotaIsNotExceededAndWhatIsForgottenIsFree) {
  this->world.run([this] {
    const domain::AccountId owner = this->stored_account();
    domain::Media first = this->new_upload(owner);
    first.bytes = 990;
    this->insert(first);
    domain::Media second = this->new_upload(owner);
    second.bytes = 11;
    auto refused = this->world.media().insert(this->context(), second, this->kQuota);
    VIGIE_EXPECT_OK(refused);
    EXPECT_FALSE(refused->has_room);
    EXPECT_EQ(refused->bytes_used, 990U);
    EXPECT_EQ(this->find(second.id), std::nullopt);
    second.bytes = 10;
    this->insert(second);
    this->within([&](const domain::Context& joined) {
      VIGIE_EXPECT_OK(this->world.media().forget(joined, first));
    });
    domain::Media third = this->new_upload(owner);
    third.bytes = 990;
    this->insert(third);
    domain::Media huge = this->new_upload(this->stored_account());
    huge.bytes = 1'001;
    refused = this->world.media().insert(this->context(), huge, this->kQuota);
    EXPECT_FALSE(refused->has_room);
    EXPECT_EQ(refused->bytes_used, 0U);
  });
}

TYPED_TEST(MediaStoreContract, APartCountsOnceItsLastWritingIsOver) {
  this->world.run([this] {
    auto& store = this->world.media();
    const domain::MediaId id = this->stored_upload().id;
    const auto context = this->context();
    const domain::MediaPart written = this->part(1);
    const auto first = store.begin_part(context, id, 1);
    VIGIE_EXPECT_OK(first);
    EXPECT_TRUE(this->part_numbers(id).empty());
    const auto expires_at = this->kNow + std::chrono::hours(48);
    VIGIE_EXPECT_OK(store.finish_part(context, id, written, *first, expires_at));
    const auto parts = store.parts(context, id);
    ASSERT_EQ(parts->size(), 1U);
    EXPECT_EQ(parts->front().head, written.head);
    EXPECT_EQ(parts->front().receipt.hash, written.receipt.hash);
    EXPECT_EQ(parts->front().receipt.token, written.receipt.token);
    EXPECT_EQ(this->find(id)->expires_at, expires_at);

    const auto second = store.begin_part(context, id, 1);
    EXPECT_GT(*second, *first);
    EXPECT_TRUE(this->part_numbers(id).empty());
    const auto third = store.begin_part(context, id, 1);
    EXPECT_EQ(code_of(store.finish_part(context, id, written, *second, expires_at)), "upload_busy");
    VIGIE_EXPECT_OK(store.finish_part(context, id, written, *third, expires_at));
    const auto other = store.begin_part(context, id, 3);
    VIGIE_EXPECT_OK(store.finish_part(context, id, this->part(3), *other, expires_at));
    EXPECT_EQ(this->part_numbers(id), (std::vector<std::uint32_t>{1, 3}));
    EXPECT_EQ(code_of(store.begin_part(context, {this->new_id()}, 1)), "not_found");
  });
}

TYPED_TEST(MediaStoreContract, AVerificationHoldsUntilAPartIsBegun) {
  this->world.run([this] {
    auto& store = this->world.media();
    const domain::MediaId id = this->stored_upload().id;
    const auto generation = *store.begin_part(this->context(), id, 1);
    const auto hash = this->hash_of(id);
    VIGIE_EXPECT_OK(store.set_verified(this->context(), id, hash, generation));
    EXPECT_EQ(this->find(id)->verified_hash, hash);
    VIGIE_EXPECT_OK(store.begin_part(this->context(), id, 2));
    EXPECT_EQ(this->find(id)->verified_hash, std::nullopt);
    VIGIE_EXPECT_OK(store.set_verified(this->context(), id, hash, generation));
    EXPECT_EQ(this->find(id)->verified_hash, std::nullopt);
  });
}

TYPED_TEST(MediaStoreContract, ACompleteOneHasItsContentAndNoParts) {
  this->world.run([this] {
    auto& store = this->world.media();
    domain::Media media = this->stored_upload();
    media.generation = *store.begin_part(this->context(), media.id, 1);
    VIGIE_EXPECT_OK(store.finish_part(this->context(), media.id, this->part(1), media.generation,
                                      media.expires_at));
    const auto hash = this->hash_of(media.id);
    const domain::Media done = this->completed(media, hash);
    EXPECT_EQ(this->find(media.id), done);
    EXPECT_TRUE(this->part_numbers(media.id).empty());
    EXPECT_EQ(code_of(store.begin_part(this->context(), media.id, 1)), "status_change_not_allowed");
    ASSERT_TRUE(this->blob(hash));
    EXPECT_TRUE(this->blob(hash)->is_stored);
    EXPECT_EQ(this->blob(hash)->references, 1);
    EXPECT_EQ(this->blob(hash)->bytes, media.bytes);
  });
}

TYPED_TEST(MediaStoreContract, ARecordCountsItsMediaAndEndsWithThem) {
  this->world.run([this] {
    auto& store = this->world.media();
    const domain::Media first = this->stored_media();
    const domain::Media second = this->completed(this->stored_upload(), *first.hash);
    EXPECT_EQ(this->blob(*first.hash)->references, 2);
    this->within([&](const domain::Context& joined) {
      VIGIE_EXPECT_OK(store.forget(joined, first));
      VIGIE_EXPECT_OK(store.remove_blob(joined, *first.hash));
    });
    EXPECT_EQ(this->find(first.id), std::nullopt);
    EXPECT_EQ(this->blob(*first.hash)->references, 1);
    EXPECT_TRUE(this->blob(*first.hash)->is_stored);
    this->within(
        [&](const domain::Context& joined) { VIGIE_EXPECT_OK(store.forget(joined, second)); });
    EXPECT_EQ(this->blob(*first.hash)->references, 0);
    EXPECT_FALSE(this->blob(*first.hash)->is_stored);
    this->within([&](const domain::Context& joined) {
      VIGIE_EXPECT_OK(store.remove_blob(joined, *first.hash));
    });
    EXPECT_EQ(this->blob(*first.hash), std::nullopt);
  });
}

TYPED_TEST(MediaStoreContract, AUnitThatIsNotCommittedLeavesNothing) {
  this->world.run([this] {
    const domain::Media media = this->stored_media();
    {
      auto unit = this->world.units().begin(this->context(), domain::UnitPace::kQuick);
      VIGIE_EXPECT_OK(unit);
      domain::Context joined = this->context();
      joined.unit_of_work = unit->get();
      VIGIE_EXPECT_OK(this->world.media().forget(joined, media));
    }
    EXPECT_EQ(this->find(media.id), media);
    EXPECT_EQ(this->blob(*media.hash)->references, 1);
  });
}

TYPED_TEST(MediaStoreContract, KeepsFactsFailureAndDeletion) {
  this->world.run([this] {
    domain::Media media = this->stored_media();
    const auto update = [&] {
      this->within([&](const domain::Context& joined) {
        VIGIE_EXPECT_OK(this->world.media().update(joined, media));
      });
    };
    media.state = domain::MediaState::kReady;
    media.facts = {.width = 4'032, .height = 3'024, .previews = {"small.webp", "small.jpeg"}};
    update();
    EXPECT_EQ(this->find(media.id), media);
    media.restored_state = domain::MediaState::kReady;
    media.state = domain::MediaState::kDeleted;
    media.deleted_at = this->kNow + std::chrono::hours(1);
    media.purge_at = this->kNow + std::chrono::hours(2);
    update();
    EXPECT_EQ(this->find(media.id), media);
    media.state = domain::MediaState::kFailed;
    media.failure = "It is damaged.";
    media.deleted_at.reset();
    media.purge_at.reset();
    update();
    media.restored_state = domain::MediaState::kReady;
    EXPECT_EQ(this->find(media.id), media);
  });
}

TYPED_TEST(MediaStoreContract, ListsTheNewestFirstPageByPage) {
  this->world.run([this] {
    const domain::AccountId owner = this->stored_account();
    std::vector<domain::MediaId> ids;
    for (int i = 0; i < 5; ++i) {
      domain::Media media = this->new_upload(owner);
      media.created_at = this->kNow + std::chrono::seconds(i / 2);  // some at the same instant
      media.updated_at = media.created_at;
      this->insert(media);
      ids.insert(ids.begin(), media.id);
    }
    this->stored_upload();  // somebody else's
    domain::MediaQuery query{.owner = owner, .limit = 2};
    std::vector<domain::MediaId> seen;
    do {
      const auto page = this->world.media().list(this->context(), query);
      VIGIE_EXPECT_OK(page);
      for (const auto& media : page->items) seen.push_back(media.id);
      query.after = page->next;
    } while (query.after);
    EXPECT_EQ(seen, ids);
  });
}

TYPED_TEST(MediaStoreContract, ListsOfAnEventWhatIsCompleteAndNotDeleted) {
  this->world.run([this] {
    const domain::AccountId owner = this->stored_account();
    const domain::Event event{.id = {this->new_id()},
                              .owner_id = owner,
                              .content = {.title = "t",
                                          .category = "c",
                                          .starts_at = this->kNow,
                                          .ends_at = this->kNow + std::chrono::hours(1),
                                          .time_zone = "UTC",
                                          .capacity = 1,
                                          .price = {1, "EUR"}}};
    VIGIE_EXPECT_OK(this->world.events().insert(this->context(), event));
    const auto of_event = [&] {
      domain::Media media = this->new_upload(owner);
      media.event_id = event.id;
      this->insert(media);
      return media;
    };
    of_event();  // unfinished
    const domain::Media shown = of_event();
    this->completed(shown, this->hash_of(shown.id));
    const domain::Media upload = of_event();
    domain::Media deleted = this->completed(upload, this->hash_of(upload.id));
    deleted.restored_state = std::exchange(deleted.state, domain::MediaState::kDeleted);
    deleted.deleted_at = deleted.purge_at = this->kNow;
    this->within([&](const domain::Context& joined) {
      VIGIE_EXPECT_OK(this->world.media().update(joined, deleted));
    });
    const auto page = this->world.media().list(this->context(), {.event = event.id});
    VIGIE_EXPECT_OK(page);
    ASSERT_EQ(page->items.size(), 1U);
    EXPECT_EQ(page->items[0].id, shown.id);
    const auto own = this->world.media().list(this->context(), {.owner = owner});
    EXPECT_EQ(own->items.size(), 2U);
  });
}

TYPED_TEST(MediaStoreContract, CountsOwnersOfWhosePicturesMostFail) {
  this->world.run([this] {
    using enum domain::MediaState;
    auto& store = this->world.media();
    const auto process = [&](const std::vector<domain::MediaState>& states) {
      const domain::AccountId owner = this->stored_account();
      for (const domain::MediaState state : states) {
        domain::Media media = this->stored_upload(owner);
        media = this->completed(media, this->hash_of(media.id));
        media.state = state;
        this->within([&](const auto& joined) { VIGIE_EXPECT_OK(store.update(joined, media)); });
      }
    };
    const auto before = *store.counts(this->context(), this->kNow);
    process({kFailed, kFailed, kFailed, kReady});
    process({kFailed});
    process({kFailed, kReady});  // half is not most
    const auto after = *store.counts(this->context(), this->kNow);
    EXPECT_EQ(after.owners_processed, before.owners_processed + 3);
    EXPECT_EQ(after.owners_failing, before.owners_failing + 2);
    const auto later = this->kNow + std::chrono::minutes(61);
    EXPECT_EQ(store.counts(this->context(), later)->owners_failing, 0);
  });
}

TYPED_TEST(MediaStoreContract, NamesUploadsThatHaveExpiredAndCounts) {
  this->world.run([this] {
    auto& store = this->world.media();
    const auto before = *store.counts(this->context(), this->kNow);
    domain::Media old = this->new_upload(this->stored_account());
    old.expires_at = this->kNow - std::chrono::hours(24 * 365);
    this->insert(old);
    domain::Media deleted = this->stored_media();
    deleted.restored_state = std::exchange(deleted.state, domain::MediaState::kDeleted);
    deleted.deleted_at = this->kNow - std::chrono::hours(24 * 400);
    deleted.purge_at = this->kNow - std::chrono::hours(24 * 370);
    this->within(
        [&](const domain::Context& joined) { VIGIE_EXPECT_OK(store.update(joined, deleted)); });
    const auto expired = store.expired_uploads(this->context(), this->kNow, 1);
    VIGIE_EXPECT_OK(expired);
    EXPECT_EQ(*expired, std::vector{old.id});
    const auto counts = store.counts(this->context(), this->kNow);
    EXPECT_EQ(counts->uploads_abandoned, before.uploads_abandoned + 1);
    EXPECT_EQ(counts->bytes_used, before.bytes_used + old.bytes + deleted.bytes);
    EXPECT_EQ(*store.bytes_used(this->context(), old.owner_id), old.bytes);
    EXPECT_EQ(counts->purge_due, deleted.purge_at);
    const auto at = [](domain::MediaState state) { return static_cast<std::size_t>(state); };
    EXPECT_EQ(counts->by_state[at(domain::MediaState::kUploading)],
              before.by_state[at(domain::MediaState::kUploading)] + 1);
    EXPECT_EQ(counts->by_state[at(domain::MediaState::kDeleted)],
              before.by_state[at(domain::MediaState::kDeleted)] + 1);
    this->within([&](const domain::Context& joined) {
      VIGIE_EXPECT_OK(store.forget(joined, old));
      VIGIE_EXPECT_OK(store.forget(joined, deleted));
    });
  });
}

TYPED_TEST(MediaStoreContract, FailsOnceTheDeadlineHasPassed) {
  this->world.run([this] {
    auto& store = this->world.media();
    EXPECT_EQ(code_of(store.find(this->expired(), {this->new_id()})), "deadline_exceeded");
    EXPECT_EQ(code_of(store.begin_part(this->expired(), {this->new_id()}, 1)), "deadline_exceeded");
  });
}

}  // namespace vigie::storage::testing
