#include <utcp/mcp/browser.hpp>

#include "run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include <future>
#include <thread>

namespace utcp::testing {
namespace {

using boost::asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::Not;

/// A visit that is under way in a thread of its own.
class browser_test : public ::testing::Test {
 protected:
  browser_test() : browser(mcp::make_loopback_browser(io.get_executor(), [this](const std::string& url) { shown = url; })) {
    visit = browser->open("").value();
    port = static_cast<std::uint16_t>(std::stoi(visit->redirect_uri().substr(17)));
  }
  ~browser_test() override { end(); }

  void begin(const std::string& url = "https://as/authorize?state=s%201&x=y") {
    boost::asio::co_spawn(io, visit->go(url), boost::asio::bind_cancellation_slot(stop.slot(), [this](std::exception_ptr, result<std::string> query) {
      outcome = std::move(query);
      is_over.set_value();
    }));
    thread = std::thread([this] { io.run(); });
  }
  void end() {
    boost::asio::post(io, [this] { visit.reset(); });
    if (thread.joinable()) thread.join();
    else io.run();
  }
  void wait() { ASSERT_EQ(is_over.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready); }

  std::string send(const std::string& bytes) {
    boost::asio::io_context mine;
    tcp::socket socket(mine);
    socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
    boost::system::error_code ignored;
    boost::asio::write(socket, boost::asio::buffer(bytes), ignored);
    std::string out;
    boost::asio::read(socket, boost::asio::dynamic_buffer(out), ignored);
    return out;
  }
  std::string get(const std::string& target) { return send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"); }

  boost::asio::io_context io;
  std::string shown;
  std::shared_ptr<mcp::browser> browser;
  std::unique_ptr<mcp::browser_visit> visit;
  std::uint16_t port = 0;
  boost::asio::cancellation_signal stop;
  std::optional<result<std::string>> outcome;  // to be read after wait()
  std::promise<void> is_over;
  std::thread thread;
};

TEST_F(browser_test, gives_the_query_of_the_redirect) {
  begin();
  const std::string page = get("/callback?code=a%2Bb&state=s+1");
  EXPECT_THAT(page, HasSubstr("HTTP/1.1 200 OK"));
  EXPECT_THAT(page, HasSubstr("Cache-Control: no-store"));
  EXPECT_THAT(page, Not(HasSubstr("a%2Bb")));
  wait();
  end();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->value(), "code=a%2Bb&state=s+1");
  EXPECT_EQ(shown, "https://as/authorize?state=s%201&x=y");
}

TEST_F(browser_test, turns_away_what_belongs_to_something_else) {
  begin();
  EXPECT_THAT(get("/callback?code=x&state=other"), HasSubstr("400 Bad Request"));
  EXPECT_THAT(get("/callback"), HasSubstr("400 Bad Request"));
  EXPECT_THAT(get("/favicon.ico"), HasSubstr("404 Not Found"));
  EXPECT_THAT(send("POST /callback?code=x&state=s+1 HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), HasSubstr("405"));
  EXPECT_THAT(send("nonsense\r\n\r\n"), HasSubstr("400 Bad Request"));
  EXPECT_THAT(send(std::string(17u << 10, 'a')), HasSubstr("431"));
  EXPECT_FALSE(outcome);
  EXPECT_THAT(get("/callback?code=x&state=s+1"), HasSubstr("200 OK"));
  wait();
  EXPECT_TRUE(outcome);
}

TEST_F(browser_test, idle_connections_do_not_stand_in_the_way) {
  begin();
  boost::asio::io_context mine;
  std::vector<tcp::socket> idle;
  for (int i = 0; i < 10; ++i) {
    idle.emplace_back(mine);
    idle.back().connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port));
  }
  EXPECT_THAT(get("/callback?code=x&state=s+1"), HasSubstr("200 OK"));
  wait();
  EXPECT_TRUE(outcome);
}

TEST_F(browser_test, takes_the_same_port_again_when_it_is_free) {
  const std::string before = visit->redirect_uri();
  auto other = browser->open(before).value();
  EXPECT_NE(other->redirect_uri(), before);
  other.reset();
  visit.reset();
  visit = browser->open(before).value();
  EXPECT_EQ(visit->redirect_uri(), before);
  EXPECT_NE(browser->open("http://127.0.0.1:0/else").value()->redirect_uri(), "");
}

TEST_F(browser_test, is_over_when_it_is_cancelled) {
  begin();
  boost::asio::post(io, [this] { stop.emit(boost::asio::cancellation_type::terminal); });
  wait();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->error(), errc::cancelled);
}

}  // namespace
}  // namespace utcp::testing
