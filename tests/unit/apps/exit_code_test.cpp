#include "exit_code.hpp"

#include <gtest/gtest.h>

namespace utcp::app {
namespace {

exit_code code_of(errc e) { return exit_code_for(make_error_code(e)); }

TEST(exit_code, says_what_kind_of_failure_it_was) {
  EXPECT_EQ(code_of(errc::invalid_argument), exit_code::usage);
  for (errc e : {errc::invalid_config, errc::missing_variable, errc::already_registered, errc::not_allowed, errc::unsupported})
    EXPECT_EQ(code_of(e), exit_code::configuration) << to_string(e);
  EXPECT_EQ(code_of(errc::unknown_tool), exit_code::unknown_tool);
  for (errc e : {errc::timed_out, errc::connection_failed, errc::unavailable}) EXPECT_EQ(code_of(e), exit_code::network) << to_string(e);
  EXPECT_EQ(code_of(errc::cancelled), exit_code::interrupted);
  for (errc e : {errc::unauthorized, errc::rate_limited, errc::remote_failed, errc::too_large, errc::protocol_error, errc::internal})
    EXPECT_EQ(code_of(e), exit_code::tool_failed) << to_string(e);
}

TEST(exit_code, a_code_of_another_library_is_a_failure_of_the_tool) {
  const boost::system::error_code other(2, boost::system::generic_category());
  EXPECT_EQ(exit_code_for(other), exit_code::tool_failed);
  EXPECT_EQ(error_name(other), "unknown");
  EXPECT_EQ(error_name(make_error_code(errc::timed_out)), "timed_out");
}

}  // namespace
}  // namespace utcp::app
