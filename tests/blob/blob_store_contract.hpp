#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "server/blob/random_name.hpp"
#include "tests/blob/blob_fixture.hpp"

namespace vigie::blob::testing {

/// What every adapter of domain::BlobStore does. A World has `store()`, `run(body)` and
/// `run_all(count, body)`. A store outlives a test, so every test makes its own keys.
template <typename World>
class BlobStoreContract : public ::testing::Test {
 protected:
  domain::BlobStore& store() { return world.store(); }

  static BlobKey new_upload() { return "uploads/" + random_name(); }

  /// Writes `parts` one behind the other. Their receipts.
  std::vector<PartReceipt> upload(const BlobKey& key, const std::vector<std::string>& parts) {
    std::vector<PartReceipt> receipts;
    std::uint64_t offset = 0;
    for (std::uint32_t number = 1; number <= parts.size(); ++number) {
      const std::string& bytes = parts[number - 1];
      const auto receipt = write_part(store(), {key, number, offset, bytes.size()}, bytes);
      EXPECT_TRUE(receipt.ok()) << detail_of(receipt);
      if (receipt) receipts.push_back(*receipt);
      offset += bytes.size();
    }
    return receipts;
  }

  std::vector<BlobKey> listed(std::string_view prefix) {
    const auto found = store().list(within(10s), prefix, "", 1000);
    EXPECT_TRUE(found.ok()) << detail_of(found);
    std::vector<BlobKey> keys;
    if (!found) return keys;
    for (const auto& each : *found) keys.push_back(each.key);
    return keys;
  }

  /// All of an object that must be there.
  std::string object(const BlobKey& key) {
    const auto found = store().find(within(10s), key);
    EXPECT_TRUE(found && *found) << key << ": " << detail_of(found);
    if (!found || !*found) return {};
    const auto bytes = read(store(), key, 0, (**found).bytes);
    EXPECT_TRUE(bytes.ok()) << detail_of(bytes);
    return bytes ? *bytes : "";
  }

  World world;
};

TYPED_TEST_SUITE_P(BlobStoreContract);

TYPED_TEST_P(BlobStoreContract, JoinsPartsToOneObject) {
  this->world.run([&] {
    const std::vector<std::string> parts = {content(700'000, 1), content(700'000, 2),
                                            content(123, 3)};
    const std::string whole = parts[0] + parts[1] + parts[2];
    const BlobKey upload = this->new_upload();
    const domain::JoinPlan plan{upload, this->upload(upload, parts)};
    ASSERT_EQ(plan.parts.size(), 3U);
    EXPECT_EQ(plan.parts[1].bytes, 700'000U);
    EXPECT_EQ(plan.parts[1].hash, hash_of(parts[1]));
    const auto hash = this->store().hash(within(30s), plan);
    VIGIE_ASSERT_OK(hash);
    EXPECT_EQ(*hash, hash_of(whole));
    const BlobKey key = object_key(*hash);
    const auto joined = this->store().join(within(30s), plan, key);
    VIGIE_ASSERT_OK(joined);
    EXPECT_EQ(this->object(key), whole);
    EXPECT_EQ(this->listed(upload), std::vector<BlobKey>{});
  });
}

TYPED_TEST_P(BlobStoreContract, TakesPartsInAnyOrderAndSeveralAtOnce) {
  const BlobKey upload = this->new_upload();
  const std::string whole = content(4'000'000, 4);
  domain::JoinPlan plan{upload, std::vector<PartReceipt>(8)};
  this->world.run_all(8, [&](std::size_t i) {
    const std::size_t at = 7 - i;
    const domain::PartPlace place{upload, static_cast<std::uint32_t>(at + 1), at * 500'000,
                                  500'000};
    const auto receipt = write_part(this->store(), place, whole.substr(at * 500'000, 500'000));
    EXPECT_TRUE(receipt.ok()) << detail_of(receipt);
    if (receipt) plan.parts[at] = *receipt;
  });
  this->world.run([&] {
    const auto hash = this->store().hash(within(30s), plan);
    VIGIE_ASSERT_OK(hash);
    EXPECT_EQ(*hash, hash_of(whole));
    VIGIE_ASSERT_OK(this->store().join(within(30s), plan, object_key(*hash)));
    EXPECT_EQ(this->object(object_key(*hash)), whole);
  });
}

TYPED_TEST_P(BlobStoreContract, APartThatIsWrittenAgainCountsAsItWasLast) {
  this->world.run([&] {
    const BlobKey upload = this->new_upload();
    const std::string before = content(300'000, 5);
    const std::string after = content(300'000, 6);
    domain::JoinPlan plan{upload, this->upload(upload, {before})};
    const domain::JoinPlan old_plan = plan;
    plan.parts = this->upload(upload, {after});
    EXPECT_NE(plan.parts[0].token, old_plan.parts[0].token);
    // A receipt names the bytes that it was given for, or nothing.
    const auto old_hash = this->store().hash(within(30s), old_plan);
    if (old_hash) {
      EXPECT_EQ(*old_hash, hash_of(before));
    } else {
      EXPECT_EQ(code_of(old_hash), "not_found");
    }
    const auto hash = this->store().hash(within(30s), plan);
    VIGIE_ASSERT_OK(hash);
    EXPECT_EQ(*hash, hash_of(after));
    VIGIE_ASSERT_OK(this->store().join(within(30s), plan, object_key(*hash)));
    EXPECT_EQ(this->object(object_key(*hash)), after);
  });
}

TYPED_TEST_P(BlobStoreContract, APartThatIsNotCommittedDoesNotCount) {
  this->world.run([&] {
    const BlobKey upload = this->new_upload();
    const std::string bytes = content(600'000, 7);
    const domain::JoinPlan plan{upload, this->upload(upload, {bytes})};
    {
      auto sink = this->store().write_part(within(10s), {upload, 1, 0, 600'000});
      VIGIE_ASSERT_OK(sink);
      VIGIE_ASSERT_OK((*sink)->write(content(500'000, 8)));
    }
    const auto hash = this->store().hash(within(30s), plan);
    if (hash) {
      EXPECT_EQ(*hash, hash_of(bytes));
    } else {
      EXPECT_EQ(code_of(hash), "not_found");
    }
    // Written again, it is as if nothing had been.
    const domain::JoinPlan again{upload, this->upload(upload, {bytes})};
    VIGIE_ASSERT_OK(this->store().join(within(30s), again, object_key(hash_of(bytes))));
    EXPECT_EQ(this->object(object_key(hash_of(bytes))), bytes);
  });
}

TYPED_TEST_P(BlobStoreContract, TwoWritersOfAPartDoNotMixTheirBytes) {
  const BlobKey upload = this->new_upload();
  std::vector<std::string> written(4);
  std::vector<PartReceipt> receipts(4);
  std::atomic<int> committed{0};
  this->world.run_all(4, [&](std::size_t i) {
    written[i] = content(2'000'000, static_cast<unsigned>(10 + i));
    const auto receipt = write_part(this->store(), {upload, 1, 0, 2'000'000}, written[i]);
    if (!receipt) {
      EXPECT_EQ(code_of(receipt), "upload_busy") << detail_of(receipt);
      return;
    }
    ++committed;
    receipts[i] = *receipt;
  });
  EXPECT_GE(committed, 1);
  this->world.run([&] {
    int found = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      if (receipts[i].token.empty()) continue;
      EXPECT_EQ(receipts[i].hash, hash_of(written[i]));
      const auto hash = this->store().hash(within(30s), {upload, {receipts[i]}});
      if (!hash) {
        EXPECT_EQ(code_of(hash), "not_found");
        continue;
      }
      ++found;
      EXPECT_EQ(*hash, hash_of(written[i]));
    }
    EXPECT_GE(found, 1);
    VIGIE_ASSERT_OK(this->store().abandon(within(10s), upload));
  });
}

TYPED_TEST_P(BlobStoreContract, AnEmptyContentIsAContent) {
  this->world.run([&] {
    const BlobKey upload = this->new_upload();
    const domain::JoinPlan plan{upload, this->upload(upload, {""})};
    const auto hash = this->store().hash(within(10s), plan);
    VIGIE_ASSERT_OK(hash);
    EXPECT_EQ(hash->to_string(),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    VIGIE_ASSERT_OK(this->store().join(within(10s), plan, object_key(*hash)));
    EXPECT_EQ(this->object(object_key(*hash)), "");
  });
}

TYPED_TEST_P(BlobStoreContract, RefusesMoreBytesThanThePartHas) {
  this->world.run([&] {
    const BlobKey upload = this->new_upload();
    auto sink = this->store().write_part(within(10s), {upload, 1, 0, 10});
    VIGIE_ASSERT_OK(sink);
    VIGIE_ASSERT_OK((*sink)->write("0123456789"));
    EXPECT_EQ(code_of((*sink)->write("x")), "validation_failed");
    EXPECT_EQ(code_of((*sink)->commit()), "validation_failed");
    sink->reset();
    VIGIE_ASSERT_OK(this->store().abandon(within(10s), upload));
  });
}

TYPED_TEST_P(BlobStoreContract, ASecondJoinFindsTheFirstOnesWork) {
  this->world.run([&] {
    const BlobKey upload = this->new_upload();
    const std::string bytes = content(1'000, 20);
    const domain::JoinPlan plan{upload, this->upload(upload, {bytes})};
    const BlobKey key = object_key(hash_of(bytes));
    VIGIE_ASSERT_OK(this->store().join(within(10s), plan, key));
    VIGIE_ASSERT_OK(this->store().join(within(10s), plan, key));
    EXPECT_EQ(this->object(key), bytes);
    EXPECT_EQ(code_of(this->store().join(within(10s), plan, "other/" + key)), "not_found");
    EXPECT_EQ(code_of(this->store().hash(within(10s), plan)), "not_found");
  });
}

TYPED_TEST_P(BlobStoreContract, AJoinReplacesAnObject) {
  this->world.run([&] {
    const BlobKey key = "tests/" + random_name();
    VIGIE_ASSERT_OK(this->store().put(within(10s), key, "before"));
    const BlobKey upload = this->new_upload();
    VIGIE_ASSERT_OK(
        this->store().join(within(10s), {upload, this->upload(upload, {"after"})}, key));
    EXPECT_EQ(this->object(key), "after");
  });
}

TYPED_TEST_P(BlobStoreContract, JoinsNothingWhenAPartIsMissing) {
  this->world.run([&] {
    const BlobKey upload = this->new_upload();
    auto receipts = this->upload(upload, {content(1'000, 21), content(1'000, 22)});
    ASSERT_EQ(receipts.size(), 2U);
    const PartReceipt unknown{1'000, hash_of(""), receipts[1].token.substr(1) + "0"};
    const BlobKey key = "tests/" + random_name();
    const domain::JoinPlan plan{upload, {receipts[0], unknown}};
    EXPECT_EQ(code_of(this->store().hash(within(10s), plan)), "not_found");
    EXPECT_EQ(code_of(this->store().join(within(10s), plan, key)), "not_found");
    EXPECT_EQ(code_of(this->store().join(within(10s), {upload, {}}, key)), "not_found");
    EXPECT_EQ(code_of(this->store().join(within(10s), {this->new_upload(), receipts}, key)),
              "not_found");
    const auto found = this->store().find(within(10s), key);
    VIGIE_ASSERT_OK(found);
    EXPECT_FALSE(*found);
    // What is there is still there.
    VIGIE_ASSERT_OK(this->store().join(within(10s), {upload, receipts}, key));
    EXPECT_EQ(this->object(key), content(1'000, 21) + content(1'000, 22));
  });
}

TYPED_TEST_P(BlobStoreContract, AbandonsAnUpload) {
  this->world.run([&] {
    const BlobKey upload = this->new_upload();
    const domain::JoinPlan plan{upload, this->upload(upload, {"bytes"})};
    EXPECT_EQ(this->listed(upload), std::vector<BlobKey>{upload});
    VIGIE_ASSERT_OK(this->store().abandon(within(10s), upload));
    EXPECT_EQ(this->listed(upload), std::vector<BlobKey>{});
    EXPECT_EQ(code_of(this->store().join(within(10s), plan, "tests/never")), "not_found");
    VIGIE_ASSERT_OK(this->store().abandon(within(10s), upload));
    VIGIE_ASSERT_OK(this->store().abandon(within(10s), this->new_upload()));
  });
}

TYPED_TEST_P(BlobStoreContract, PutsFindsAndRemovesAnObject) {
  this->world.run([&] {
    const BlobKey key = "tests/" + random_name() + "/small.webp";
    auto found = this->store().find(within(10s), key);
    VIGIE_ASSERT_OK(found);
    EXPECT_FALSE(*found);
    VIGIE_ASSERT_OK(this->store().put(within(10s), key, content(100'000, 30)));
    const std::string bytes = content(90'000, 31);
    VIGIE_ASSERT_OK(this->store().put(within(10s), key, bytes));
    found = this->store().find(within(10s), key);
    VIGIE_ASSERT_OK(found);
    ASSERT_TRUE(*found);
    EXPECT_EQ((**found).bytes, 90'000U);
    const auto now = std::chrono::system_clock::now();
    EXPECT_LT((**found).modified_at, now + 5s);
    EXPECT_GT((**found).modified_at, now - 60s);
    EXPECT_EQ(this->object(key), bytes);
    VIGIE_ASSERT_OK(this->store().remove(within(10s), key));
    EXPECT_EQ(code_of(read(this->store(), key, 0, 1)), "not_found");
    VIGIE_ASSERT_OK(this->store().remove(within(10s), key));
  });
}

TYPED_TEST_P(BlobStoreContract, ReadsAnyRangeOfAnObject) {
  this->world.run([&] {
    const BlobKey key = "tests/" + random_name();
    const std::string bytes = content(9'000'000, 32);
    VIGIE_ASSERT_OK(this->store().put(within(30s), key, bytes));
    constexpr std::pair<std::uint64_t, std::uint64_t> kRanges[] = {
        {0, 1}, {8'999'999, 1}, {4'000'000, 1'000'000}, {1, 8'999'998}, {17, 0}, {9'000'000, 0}};
    for (const auto& [offset, length] : kRanges) {
      const auto got = read(this->store(), key, offset, length);
      VIGIE_ASSERT_OK(got);
      EXPECT_TRUE(*got == bytes.substr(offset, length)) << offset << "+" << length;
    }
    VIGIE_ASSERT_OK(this->store().remove(within(10s), key));
  });
}

TYPED_TEST_P(BlobStoreContract, ListsInOrderOfKey) {
  this->world.run([&] {
    const std::string top = "tests/" + random_name();
    // As bytes, '-' and '.' come before '/', and '/' before letters and digits.
    const std::vector<BlobKey> keys = {top + "/a-b", top + "/a.b",  top + "/a/b", top + "/a/c/d",
                                       top + "/a/d", top + "/a0/b", top + "/b"};
    for (std::size_t i = keys.size(); i-- > 0;) {
      VIGIE_ASSERT_OK(this->store().put(within(10s), keys[i], "x"));
    }
    EXPECT_EQ(this->listed(top), keys);
    EXPECT_EQ(this->listed(top + "/a/"), (std::vector(keys.begin() + 2, keys.begin() + 5)));
    EXPECT_EQ(this->listed(top + "/nothing"), std::vector<BlobKey>{});
    std::vector<BlobKey> by_pages;
    for (std::string after; true; after = by_pages.back()) {
      const auto page = this->store().list(within(10s), top + "/", after, 2);
      VIGIE_ASSERT_OK(page);
      ASSERT_LE(page->size(), 2U);
      for (const auto& each : *page) by_pages.push_back(each.key);
      if (page->size() < 2) break;
    }
    EXPECT_EQ(by_pages, keys);
    for (const BlobKey& key : keys) VIGIE_ASSERT_OK(this->store().remove(within(10s), key));
    EXPECT_EQ(this->listed(top), std::vector<BlobKey>{});
  });
}

TYPED_TEST_P(BlobStoreContract, RefusesWhatIsNoKey) {
  this->world.run([&] {
    for (const BlobKey& key : {BlobKey("../outside"), BlobKey("/etc/passwd"), BlobKey("a/../../b"),
                               BlobKey(""), BlobKey("a//b"), BlobKey("A")}) {
      const auto context = within(10s);
      domain::BlobStore& store = this->store();
      EXPECT_EQ(code_of(store.write_part(context, {key, 1, 0, 1})), "validation_failed") << key;
      EXPECT_EQ(code_of(store.hash(context, {key, {}})), "validation_failed") << key;
      EXPECT_EQ(code_of(store.join(context, {"uploads/a", {}}, key)), "validation_failed") << key;
      EXPECT_EQ(code_of(store.join(context, {key, {}}, "a")), "validation_failed") << key;
      EXPECT_EQ(code_of(store.abandon(context, key)), "validation_failed") << key;
      EXPECT_EQ(code_of(store.put(context, key, "")), "validation_failed") << key;
      EXPECT_EQ(code_of(store.find(context, key)), "validation_failed") << key;
      EXPECT_EQ(code_of(store.open(context, key, 0, 0)), "validation_failed") << key;
      EXPECT_EQ(code_of(store.remove(context, key)), "validation_failed") << key;
    }
    EXPECT_EQ(code_of(this->store().write_part(within(10s), {"uploads/a", 0, 0, 1})),
              "validation_failed");
    EXPECT_EQ(code_of(this->store().write_part(within(10s), {"uploads/a", 50'001, 0, 1})),
              "validation_failed");
  });
}

TYPED_TEST_P(BlobStoreContract, WaitsNoLongerThanTheDeadline) {
  this->world.run([&] {
    const auto late = within(-1ms);
    domain::BlobStore& store = this->store();
    EXPECT_EQ(code_of(store.write_part(late, {"uploads/late", 1, 0, 1})), "deadline_exceeded");
    EXPECT_EQ(code_of(store.put(late, "tests/late", "x")), "deadline_exceeded");
    EXPECT_EQ(code_of(store.find(late, "tests/late")), "deadline_exceeded");
    EXPECT_EQ(code_of(store.list(late, "tests/late", "", 1)), "deadline_exceeded");
  });
}

REGISTER_TYPED_TEST_SUITE_P(BlobStoreContract, JoinsPartsToOneObject,
                            TakesPartsInAnyOrderAndSeveralAtOnce,
                            APartThatIsWrittenAgainCountsAsItWasLast,
                            APartThatIsNotCommittedDoesNotCount,
                            TwoWritersOfAPartDoNotMixTheirBytes, AnEmptyContentIsAContent,
                            RefusesMoreBytesThanThePartHas, ASecondJoinFindsTheFirstOnesWork,
                            AJoinReplacesAnObject, JoinsNothingWhenAPartIsMissing, AbandonsAnUpload,
                            PutsFindsAndRemovesAnObject, ReadsAnyRangeOfAnObject, ListsInOrderOfKey,
                            RefusesWhatIsNoKey, WaitsNoLongerThanTheDeadline);

}  // namespace vigie::blob::testing
