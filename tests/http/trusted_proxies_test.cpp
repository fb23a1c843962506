#include "server/http/trusted_proxies.hpp"

#include <gtest/gtest.h>

namespace vigie::http {
namespace {

/// What is made of a peer's X-Forwarded-For lines.
std::string client_of(std::string_view trusted, std::string_view peer,
                      std::vector<std::string_view> lines) {
  std::vector<std::string> faults;
  const TrustedProxies proxies = TrustedProxies::parse(trusted, faults);
  EXPECT_TRUE(faults.empty());
  Request request;
  request.peer_address = peer;
  for (const std::string_view line : lines) {
    request.headers.add({"x-forwarded-FOR", line});
    request.headers.add({"X-Other", "198.51.100.99"});
  }
  return std::string(proxies.client_of(request));
}

TEST(TrustedProxies, SayByWhichSchemeTheClientCame) {
  const auto scheme_of = [](std::string_view trusted, std::vector<std::string_view> lines) {
    std::vector<std::string> faults;
    const TrustedProxies proxies = TrustedProxies::parse(trusted, faults);
    Request request;
    request.peer_address = "10.0.0.1";
    for (const std::string_view line : lines) request.headers.add({"x-forwarded-PROTO", line});
    return std::string(proxies.scheme_of(request));
  };
  EXPECT_EQ(scheme_of("10.0.0.0/8", {"https"}), "https");
  EXPECT_EQ(scheme_of("10.0.0.0/8", {"http, HTTPS"}), "https");
  EXPECT_EQ(scheme_of("10.0.0.0/8", {"https", "http"}), "http");
  EXPECT_EQ(scheme_of("10.0.0.0/8", {"gopher"}), "http");
  EXPECT_EQ(scheme_of("10.0.0.0/8", {}), "http");
  EXPECT_EQ(scheme_of("10.0.0.2", {"https"}), "http");
  EXPECT_EQ(scheme_of("", {"https"}), "http");
}

TEST(TrustedProxies, BelievesNobodyByDefault) {
  EXPECT_EQ(client_of("", "192.0.2.1", {"198.51.100.1"}), "192.0.2.1");
}

TEST(TrustedProxies, BelievesNoOtherPeer) {
  EXPECT_EQ(client_of("192.0.2.1", "192.0.2.2", {"198.51.100.1"}), "192.0.2.2");
  EXPECT_EQ(client_of("192.0.2.1", "", {"198.51.100.1"}), "");
}

TEST(TrustedProxies, TakesTheRightmostAddressThatIsNotTrusted) {
  EXPECT_EQ(client_of("10.0.0.0/8", "10.0.0.1", {"198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(client_of("10.0.0.0/8", "10.0.0.1", {"203.0.113.5, 198.51.100.1,10.9.9.9"}),
            "198.51.100.1");
}

TEST(TrustedProxies, JoinsTheLines) {
  EXPECT_EQ(client_of("10.0.0.0/8", "10.0.0.1", {"203.0.113.5", "198.51.100.1", "10.2.0.1"}),
            "198.51.100.1");
}

TEST(TrustedProxies, TakesTheFirstWhenAllAreTrusted) {
  EXPECT_EQ(client_of("10.0.0.0/8", "10.0.0.1", {"10.0.0.3, 10.0.0.2"}), "10.0.0.3");
  EXPECT_EQ(client_of("10.0.0.0/8", "10.0.0.1", {}), "10.0.0.1");
}

TEST(TrustedProxies, StopsAtTheLastGoodItem) {
  for (const std::string_view bad : {"", "unknown", "198.51.100.1:80", "[2001:db8::1]", "1.2.3",
                                     "198.51.100.1 x", "::ffff:1.2.3.4.5.6.7.8.9.10.11.12.13.14"}) {
    EXPECT_EQ(client_of("10.0.0.0/8", "10.0.0.1", {bad}), "10.0.0.1") << bad;
    const std::string between = "198.51.100.1," + std::string(bad) + ",10.0.0.2";
    EXPECT_EQ(client_of("10.0.0.0/8", "10.0.0.1", {between}), "10.0.0.2") << bad;
    EXPECT_EQ(client_of("10.0.0.0/8", "10.0.0.1", {"198.51.100.1", bad, "10.0.0.2"}), "10.0.0.2")
        << bad;
  }
  EXPECT_EQ(client_of("10.0.0.1", "10.0.0.1", {",198.51.100.1"}), "198.51.100.1");
}

TEST(TrustedProxies, KnowsBothFamilies) {
  EXPECT_EQ(client_of("fd00::/8,192.0.2.1", "fd12::1", {"2001:db8::7, 192.0.2.1"}), "2001:db8::7");
  EXPECT_EQ(client_of("192.0.2.0/24", "::ffff:192.0.2.9", {"198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(client_of("0.0.0.0/0", "fd12::1", {"198.51.100.1"}), "fd12::1");
  EXPECT_EQ(client_of("::1", "0:0:0:0:0:0:0:1", {"198.51.100.1"}), "198.51.100.1");
}

TEST(TrustedProxies, CutsRangesWithinAByte) {
  EXPECT_EQ(client_of("172.16.0.0/12", "172.31.255.255", {"198.51.100.1"}), "198.51.100.1");
  EXPECT_EQ(client_of("172.16.0.0/12", "172.32.0.0", {"198.51.100.1"}), "172.32.0.0");
}

TEST(TrustedProxies, NamesWhatIsNeitherAddressNorRange) {
  for (const std::string_view bad :
       {"proxy", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.0/8/8",
        "10.0.0.1/8", "10.0.0.1:80", " , 10.0.0.1", "10.0.0.256", "/8"}) {
    std::vector<std::string> faults;
    TrustedProxies::parse(bad, faults);
    EXPECT_EQ(faults.size(), 1u) << bad;
  }
}

}  // namespace
}  // namespace vigie::http
