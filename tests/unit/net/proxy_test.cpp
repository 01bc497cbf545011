#include "proxy.hpp"

#include <gtest/gtest.h>

#include <map>

namespace {

using namespace utcp::net;

std::string proxy_of(const std::map<std::string, std::string>& environment, const char* target) {
  const proxy_environment rules([&](const char* name) {
    const auto it = environment.find(name);
    return it == environment.end() ? nullptr : it->second.c_str();
  });
  return rules.proxy_for(*url::parse(target));
}

TEST(proxy_environment, chooses_by_scheme_with_lower_case_first) {
  EXPECT_EQ(proxy_of({{"http_proxy", "http://a"}, {"HTTP_PROXY", "http://b"}}, "http://x.example"), "http://a");
  EXPECT_EQ(proxy_of({{"HTTP_PROXY", "http://b"}}, "http://x.example"), "http://b");
  EXPECT_EQ(proxy_of({{"HTTPS_PROXY", "http://c"}}, "https://x.example"), "http://c");
  EXPECT_EQ(proxy_of({{"HTTPS_PROXY", "http://c"}}, "http://x.example"), "");
  EXPECT_EQ(proxy_of({{"ALL_PROXY", "socks5h://d"}}, "https://x.example"), "socks5h://d");
  EXPECT_EQ(proxy_of({{"all_proxy", "http://d"}, {"https_proxy", "http://e"}}, "https://x.example"), "http://e");
}

TEST(proxy_environment, does_not_trust_a_cgi_requests_header) {
  EXPECT_EQ(proxy_of({{"HTTP_PROXY", "http://evil"}, {"REQUEST_METHOD", "GET"}}, "http://x.example"), "");
}

TEST(proxy_environment, leaves_this_machine_alone) {
  for (const char* target : {"http://localhost:8080/", "http://127.0.0.1/", "https://[::1]/", "http://127.9.9.9/"}) EXPECT_EQ(proxy_of({{"all_proxy", "http://p"}}, target), "") << target;
}

TEST(proxy_exception, names_hosts_domains_addresses_ranges_and_ports) {
  struct row {
    const char* list;
    const char* target;
    bool direct;
  };
  for (const row& r : std::initializer_list<row>{{"*", "https://x.example", true},
                                                 {"x.example", "https://x.example", true},
                                                 {"x.example", "https://a.x.example", true},
                                                 {".x.example", "https://a.x.example", true},
                                                 {".x.example", "https://x.example", true},
                                                 {"*.x.example", "https://a.x.example", true},
                                                 {"X.Example", "https://x.example", true},
                                                 {"x.example", "https://ax.example", false},
                                                 {"x.example:8443", "https://x.example:8443", true},
                                                 {"x.example:8443", "https://x.example", false},
                                                 {"10.0.0.0/8", "https://10.1.2.3", true},
                                                 {"10.0.0.0/8", "https://11.1.2.3", false},
                                                 {"10.1.2.3", "https://10.1.2.3", true},
                                                 {"fd00::/8", "https://[fd00::1]", true},
                                                 {"fd00::1", "https://[fd00::1]", true},
                                                 {"[fd00::1]:443", "https://[fd00::1]", true},
                                                 {"a.example, b.example", "https://b.example", true},
                                                 {"a.example b.example", "https://b.example", true},
                                                 {"", "https://b.example", false},
                                                 {",,.", "https://b.example", false}})
    EXPECT_EQ(proxy_of({{"https_proxy", "http://p"}, {"NO_PROXY", r.list}}, r.target).empty(), r.direct) << r.list << " " << r.target;
}

}  // namespace
