#pragma once

#include "client_fixture.hpp"

namespace utcp::testing {

/// A client whose calls a test answers.
class calls : public client_test {
 protected:
  static task<result<tool_result>> fail(errc code, std::string message, json said = nullptr) { co_return error(code, std::move(message), std::move(said)); }
  static task<result<tool_result>> give(json value) { co_return tool_result(std::move(value)); }

  /// A call that never ends by itself.
  void answer_never(gate& never) {
    fake->on_call = [&never](tool_call, call_context) -> task<result<tool_result>> {
      if (!co_await never.wait()) co_return error(errc::cancelled, "cancelled");
      co_return tool_result(json(1));
    };
  }
};

}  // namespace utcp::testing
