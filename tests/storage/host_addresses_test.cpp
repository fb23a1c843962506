#include "server/storage/host_addresses.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "tests/storage/database_fixture.hpp"

namespace vigie::storage::testing {
namespace {

/// Waits until all names have been looked up.
void look_up(HostAddresses& addresses) {
  const auto done = std::make_shared<std::promise<void>>();
  addresses.refresh([done] { done->set_value(); });
  ASSERT_EQ(done->get_future().wait_for(30s), std::future_status::ready);
}

TEST(HostAddressesTest, LeavesSocketsAndAddressesToLibpq) {
  for (const char* conninfo :
       {"dbname=vigie", "host=/run/postgresql dbname=vigie", "host=127.0.0.1 dbname=vigie",
        "postgresql://vigie@[::1]:5433/vigie", "host=db hostaddr=127.0.0.1", "not a conninfo",
        "postgresql://10.0.0.1:1,10.0.0.2:2/vigie", "host=a,b port=1,2,3"}) {
    const HostAddresses addresses(conninfo);
    EXPECT_TRUE(addresses.is_static()) << conninfo;
    EXPECT_TRUE(addresses.list(0).empty()) << conninfo;
  }
}

TEST(HostAddressesTest, KnowsNothingBeforeTheFirstLookUp) {
  const HostAddresses addresses("postgresql://vigie@localhost/vigie");
  EXPECT_FALSE(addresses.is_static());
  EXPECT_TRUE(addresses.list(0).empty());
  EXPECT_NE(addresses.fault().find("localhost"), std::string::npos) << addresses.fault();
}

TEST(HostAddressesTest, FindsTheAddressesOfANameAndKeepsTheName) {
  HostAddresses addresses("host=localhost port=5433 dbname=vigie");
  look_up(addresses);
  const HostList list = addresses.list(0);
  EXPECT_EQ(list.hosts.substr(0, 9), "localhost");
  EXPECT_TRUE(list.addresses.find("127.0.0.1") != std::string::npos ||
              list.addresses.find("::1") != std::string::npos)
      << list.addresses;
  EXPECT_EQ(list.ports.substr(0, 4), "5433");
  EXPECT_EQ(addresses.fault(), "");
}

TEST(HostAddressesTest, PutsAllHostsInTheirOrderAndBeginsWhereItIsTold) {
  HostAddresses addresses("postgresql://10.0.0.1:1,localhost:2,10.0.0.3:3/vigie");
  look_up(addresses);
  const HostList list = addresses.list(0);
  EXPECT_EQ(list.addresses.substr(0, 9), "10.0.0.1,");
  EXPECT_EQ(list.hosts.substr(0, 18), "10.0.0.1,localhost");
  EXPECT_EQ(list.hosts.substr(list.hosts.size() - 9), ",10.0.0.3");
  const HostList next = addresses.list(1);
  EXPECT_EQ(next.hosts.substr(0, 9), "localhost");
  EXPECT_EQ(next.hosts.substr(next.hosts.size() - 9), ",10.0.0.1");
  EXPECT_EQ(next.ports.back(), '1');
}

TEST(HostAddressesTest, SaysWhyANameHasNoAddress) {
  HostAddresses addresses("host=no-such-host.invalid dbname=vigie");
  look_up(addresses);
  EXPECT_TRUE(addresses.list(0).empty());
  EXPECT_NE(addresses.fault().find("no-such-host.invalid"), std::string::npos);
}

TEST(HostAddressesTest, CallsNobodyOnceItIsGone) {
  const auto calls = std::make_shared<std::atomic<int>>(0);
  for (int i = 0; i < 50; ++i) {
    auto addresses = std::make_unique<HostAddresses>("host=localhost dbname=vigie");
    addresses->refresh([calls] { ++*calls; });
    addresses.reset();
    const int seen = *calls;
    std::this_thread::sleep_for(1ms);
    EXPECT_EQ(*calls, seen);
  }
}

}  // namespace
}  // namespace vigie::storage::testing
