#include <utcp/net/address.hpp>

#include <gtest/gtest.h>

namespace {

using namespace utcp::net;

address_scope scope(const char* host) {
  const auto address = address_of_host(host);
  EXPECT_TRUE(address) << host;
  return address ? scope_of(*address) : address_scope::public_use;
}

TEST(address_scope_of, this_machine) {
  for (const char* host : {"127.0.0.1", "127.255.0.9", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "::127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.",
                           "64:ff9b::7f00:1", "2002:7f00:1::"})
    EXPECT_EQ(scope(host), address_scope::loopback) << host;
}

TEST(address_scope_of, the_link) {
  for (const char* host : {"169.254.169.254", "0xa9fea9fe", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"}) EXPECT_EQ(scope(host), address_scope::link_local) << host;
}

TEST(address_scope_of, private_networks_and_everything_special) {
  for (const char* host : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "198.18.0.1", "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1",
                           "fc00::1", "fdff::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "2002:a00:1::", "64:ff9b:1::1"})
    EXPECT_EQ(scope(host), address_scope::private_use) << host;
}

TEST(address_scope_of, the_public) {
  for (const char* host : {"8.8.8.8", "172.15.255.255", "172.32.0.0", "100.63.255.255", "100.128.0.0", "169.253.0.1", "192.167.255.255", "198.17.0.1", "223.255.255.255", "2606:4700::1",
                           "::ffff:8.8.8.8", "64:ff9b::808:808"})
    EXPECT_EQ(scope(host), address_scope::public_use) << host;
}

TEST(address_of_a_host, takes_no_name_for_an_address) {
  for (const char* host : {"localhost", "example.com", "1.2.3.4.5", "256.1.1.1", "1.2.3.example", "", "a", "::g", "127.0.0.1.example"}) EXPECT_FALSE(address_of_host(host)) << host;
}

}  // namespace
