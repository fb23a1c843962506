#include <filesystem>
#include <map>
#include <random>
#include <sstream>

#include "server/blob/disk_blob_store.hpp"
#include "server/blob/random_name.hpp"
#include "tests/blob/blob_fixture.hpp"
#include "tests/fakes/killed_process.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace vigie::blob::testing {
namespace {

using fakes::tell;

constexpr int kKills = 200;

/// What the victim says it has done, one line each: "R <upload> <token> <bytes> <hash>" when a part
/// is committed, "J <upload> <hash>" when it is joined, "P <hash>" when an object is put.
std::string object_of(std::string_view hash) {
  return "blobs/" + std::string(hash.substr(0, 2)) + "/" + std::string(hash);
}

/// Uploads, joins and puts until it is killed.
[[noreturn]] void work_until_killed(const std::filesystem::path& directory, int pipe) {
  Reactors reactors;
  DiskBlobStore store(reactors.pool(), directory.string());
  tell(pipe, "S\n");
  reactors.run_all(2, [&](std::size_t i) {
    std::random_device seed;
    while (true) {
      const BlobKey upload = "uploads/" + random_name();
      const std::string bytes = content(200'000 + seed() % 400'000, seed());
      const std::string hash = hash_of(bytes).to_string();
      if (i == 1) {
        if (store.put(within(30s), object_of(hash), bytes)) tell(pipe, "P " + hash + "\n");
        continue;
      }
      const auto receipt = write_part(store, {upload, 1, 0, bytes.size()}, bytes);
      if (!receipt) std::_Exit(3);
      tell(pipe, "R " + upload + " " + receipt->token + " " + std::to_string(bytes.size()) + " " +
                     hash + "\n");
      if (!store.join(within(30s), {upload, {*receipt}}, object_of(hash))) std::_Exit(4);
      tell(pipe, "J " + upload + " " + hash + "\n");
    }
  });
  std::_Exit(5);
}

struct Acknowledged {
  std::map<BlobKey, std::pair<PartReceipt, std::string>> parts;  // by upload, with the hash
  std::vector<std::string> objects;                              // hashes

  void read(const std::string& told) {
    std::istringstream lines(told);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string what, upload, token, hash;
      std::uint64_t bytes = 0;
      words >> what;
      if (what == "R" && words >> upload >> token >> bytes >> hash) {
        parts[upload] = {{bytes, *domain::ContentHash::parse(hash), token}, hash};
      } else if (what == "J" && words >> upload >> hash) {
        objects.push_back(hash);
      } else if (what == "P" && words >> hash) {
        objects.push_back(hash);
      }
    }
  }
};

/// Whatever can be seen is whole: an object's name is the hash of its bytes.
void expect_all_whole(DiskBlobStore& store) {
  const auto listed = store.list(within(30s), "blobs/", "", 100'000);
  VIGIE_ASSERT_OK(listed);
  for (const auto& each : *listed) {
    const auto bytes = read(store, each.key, 0, each.facts.bytes);
    VIGIE_ASSERT_OK(bytes);
    ASSERT_EQ(object_key(hash_of(*bytes)), each.key);
  }
}

void expect_acknowledged(DiskBlobStore& store, const Acknowledged& acknowledged) {
  for (const std::string& hash : acknowledged.objects) {
    const auto found = store.find(within(10s), object_of(hash));
    ASSERT_TRUE(found && *found) << hash;
  }
  for (const auto& [upload, part] : acknowledged.parts) {
    const domain::JoinPlan plan{upload, {part.first}};
    // Joined before it could say so, or still there to be joined.
    const auto joined = store.join(within(10s), plan, object_of(part.second));
    ASSERT_TRUE(joined.ok()) << upload << ": " << detail_of(joined);
  }
}

TEST(DiskBlobCrash, NothingCountsHalfWrittenAndNothingAcknowledgedIsLost) {
  const fakes::TemporaryDirectory directory;
  const std::filesystem::path root = directory.path() / "store";
  std::mt19937 random(std::random_device{}());
  Acknowledged acknowledged;
  const auto is_enough = [&] {
    return acknowledged.objects.size() > 50 && acknowledged.parts.size() > 50;
  };
  // A child on a busy machine gets less done: then there are more of them, and they live longer.
  for (int i = 0; i < kKills || (i < 10 * kKills && !is_enough()); ++i) {
    const auto lifetime_max = 30'000U * static_cast<unsigned>(1 + i / kKills);
    acknowledged.read(fakes::told_until_killed([&](int pipe) { work_until_killed(root, pipe); },
                                               std::chrono::microseconds(random() % lifetime_max)));
  }
  Reactors reactors;
  DiskBlobStore store(reactors.pool(), root.string());
  reactors.run([&] {
    EXPECT_GT(acknowledged.objects.size(), 50U);
    EXPECT_GT(acknowledged.parts.size(), 50U);
    expect_acknowledged(store, acknowledged);
    expect_all_whole(store);
    // What was cut off is seen by the sweeper, and goes.
    const auto rests = store.list(within(30s), "uploads/", "", 10'000);
    VIGIE_ASSERT_OK(rests);
    for (const auto& rest : *rests) VIGIE_ASSERT_OK(store.abandon(within(10s), rest.key));
  });
  EXPECT_TRUE(std::filesystem::is_empty(root / "temporary"));
  EXPECT_TRUE(std::filesystem::is_empty(root / "objects/uploads"));
}

}  // namespace
}  // namespace vigie::blob::testing
