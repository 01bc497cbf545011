#pragma once

#include "completion.hpp"
#include "line_splitter.hpp"
#include "wire.hpp"

namespace utcp::mcp {

/// One JSON message a line over a program's stdin and stdout. Source: MCP, "stdio".
class stdio_wire final : public wire, public std::enable_shared_from_this<stdio_wire> {
 public:
  /// Fails as net::subprocess::start.
  static result<std::shared_ptr<wire>> start(const stdio_server& server, wire_context context);
  stdio_wire(net::subprocess process, std::chrono::milliseconds exit_patience, wire_context context);

  void send(outgoing what) override;
  task<result<void>> tell(std::string message) override;
  void abandon(std::int64_t) override {}
  task<void> close() override;

 private:
  static task<void> read_all(std::shared_ptr<stdio_wire> self);
  static task<result<void>> tell_now(std::shared_ptr<stdio_wire> self, std::string message);
  static task<void> close_down(std::shared_ptr<stdio_wire> self);

  result<void> write(std::string message);
  void take(std::string_view bytes);
  void take_line(const line& what);
  void begin_end();

  net::subprocess process_;
  std::chrono::milliseconds exit_patience_;
  wire_context context_;
  line_splitter lines_;
  std::vector<message> read_;
  std::unique_ptr<alarm> patience_;
  std::shared_ptr<occasion> ended_;
  unsigned noise_told_ = 0;
  unsigned untaken_ = 0;  // told since the program had read all
  bool closing_ = false;
};

}  // namespace utcp::mcp
