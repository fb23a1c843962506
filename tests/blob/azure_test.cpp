/// The contract on a real service: VIGIE_TEST_AZURE_ENDPOINT is http://HOST:PORT/ACCOUNT of an
/// emulator with the key VIGIE_TEST_AZURE_KEY. azurite_test.py starts one.
#include <cstdlib>
#include <iostream>

#include "server/blob/azure_blob_store.hpp"
#include "server/blob/azure_client.hpp"
#include "server/platform/core/base64.hpp"
#include "tests/blob/blob_store_contract.hpp"

namespace vigie::blob::testing {
namespace {

class WallClock final : public domain::Clock {
 public:
  domain::Timestamp now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

AzureOptions options() {
  const std::string endpoint = variable("VIGIE_TEST_AZURE_ENDPOINT");
  return {.endpoint = endpoint,
          .account = endpoint.substr(endpoint.rfind('/') + 1),
          .container = "vigie",
          .key = core::base64_decoded(variable("VIGIE_TEST_AZURE_KEY")).value_or("")};
}

class AzureWorld {
 public:
  AzureWorld() {
    run([&] {
      AzureClient client(reactors_.pool(), clock_, options());
      const auto made = client.call(
          within(10s), {.method = "PUT", .blob = "", .query = {{"restype", "container"}}});
      EXPECT_TRUE(made && (made->status == 201 || made->status == 409)) << detail_of(made);
    });
  }
  domain::BlobStore& store() { return store_; }
  void run(const std::function<void()>& body) { reactors_.run(body); }
  void run_all(std::size_t count, const std::function<void(std::size_t)>& body) {
    reactors_.run_all(count, body);
  }

 private:
  WallClock clock_;
  Reactors reactors_;
  AzureBlobStore store_{reactors_.pool(), clock_, options()};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Azure, BlobStoreContract, AzureWorld);

TEST(AzureReadUrl, ReadsOneBlobForAWhile) {
  AzureWorld world;
  const domain::Timestamp now = WallClock().now();
  std::string url;
  std::string ended;
  world.run([&] {
    const BlobKey key = "tests/" + random_name();
    VIGIE_ASSERT_OK(world.store().put(within(10s), key, "bytes"));
    url = world.store().read_url(key, now + 60s).value();
    ended = world.store().read_url(key, now - 60s).value();
    EXPECT_EQ(world.store().read_url("../x", now), std::nullopt);
  });
  // Not on a fiber: send() blocks its thread.
  HttpClient anybody("test");
  const auto get = [&](std::string address) {
    return anybody.send({.method = "GET",
                         .url = std::move(address),
                         .response_bytes_max = 10'000,
                         .timeout = 5s,
                         .connect_timeout = 1s});
  };
  ASSERT_FALSE(url.empty());
  EXPECT_EQ(get(url).status, 200);
  EXPECT_EQ(get(url).body, "bytes");
  EXPECT_EQ(get(ended).status, 403);
  EXPECT_EQ(get(url.substr(0, url.find('?'))).status / 100, 4);
  std::string tampered = url;
  tampered.replace(tampered.find("sp=r"), 4, "sp=d");
  EXPECT_EQ(get(tampered).status, 403);
}

TEST(AzureKey, AWrongOneIsUnavailable) {
  Reactors reactors;
  WallClock clock;
  AzureOptions wrong = options();
  wrong.key = "wrong";
  AzureBlobStore store(reactors.pool(), clock, wrong);
  reactors.run([&] {
    const auto put = store.put(within(10s), "tests/a", "x");
    EXPECT_EQ(code_of(put), "unavailable");
    EXPECT_NE(detail_of(put).find("status 403, x-ms-error-code"), std::string::npos)
        << detail_of(put);
    EXPECT_NE(detail_of(put).find("x-ms-request-id"), std::string::npos) << detail_of(put);
  });
}

/// Run when the service has been stopped.
TEST(AzureGone, DISABLED_IsUnavailable) {
  Reactors reactors;
  WallClock clock;
  AzureBlobStore store(reactors.pool(), clock, options());
  reactors.run([&] {
    EXPECT_EQ(code_of(store.put(within(10s), "tests/a", "x")), "unavailable");
    EXPECT_EQ(code_of(store.find(within(10s), "tests/a")), "unavailable");
  });
}

}  // namespace
}  // namespace vigie::blob::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  constexpr int kSkipped = 77;
  if (std::getenv("VIGIE_TEST_AZURE_ENDPOINT") == nullptr) {
    std::cout << "SKIPPED: VIGIE_TEST_AZURE_ENDPOINT names no service\n";
    return kSkipped;
  }
  return RUN_ALL_TESTS();
}
