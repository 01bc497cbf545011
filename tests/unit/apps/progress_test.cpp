#include "progress.hpp"

#include <gtest/gtest.h>

namespace utcp::app {
namespace {

manual_report done(const char* name) {
  manual_report out;
  out.name = name;
  return out;
}

TEST(progress, names_those_that_are_waited_for) {
  console io;
  progress p(io, 3, false);
  p.on_manual_registering("slow");
  p.on_manual_registering("fast");
  EXPECT_EQ(p.line(), "registering providers: 0 of 3, waiting for fast, slow");
  p.on_manual_registered(done("fast"));
  EXPECT_EQ(p.line(), "registering providers: 1 of 3, waiting for slow");
}

TEST(progress, shows_nothing_for_one_provider_and_when_all_are_there) {
  console io;
  progress one(io, 1, false);
  one.on_manual_registering("only");
  EXPECT_EQ(one.line(), "");
  progress two(io, 2, false);
  two.on_manual_registered(done("a"));
  two.on_manual_registered(done("b"));
  EXPECT_EQ(two.line(), "");
}

}  // namespace
}  // namespace utcp::app
