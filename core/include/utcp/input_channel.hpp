#pragma once

#include <utcp/input_source.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>

#include <string>

namespace utcp {

/// The input of one call, written by the application while the call runs: requests of a gRPC stream that depend on its answers,
/// an upload that is made as it goes. Thread-safe, but `close` comes after the last write.
///
///     auto input = std::make_shared<utcp::input_channel>(executor);
///     options.input = input;
///     auto answers = co_await client.call_tool_streaming("chat.Talk", json::object(), options, asio::use_awaitable);
///     co_await input->async_write(R"({"text": "hello"})", asio::use_awaitable);
class input_channel final : public input_source {
 public:
  /// `executor`: one that lives as long as the call, such as the client's. At most `pieces` wait to be sent.
  explicit input_channel(boost::asio::any_io_executor executor, std::size_t pieces = 16);
  ~input_channel() override;
  input_channel(const input_channel&) = delete;
  input_channel& operator=(const input_channel&) = delete;

  /// Completes, `void(bool)`, when there was room for the piece; with false when it will not be sent: after `close`, or the call is over.
  template <class Token>
  auto async_write(std::string piece, Token&& token) {
    return boost::asio::async_initiate<Token, void(bool)>([this](auto handler, std::string what) { write(std::move(what), std::move(handler)); }, token, std::move(piece));
  }
  /// Without waiting; false also when there is no room.
  bool try_write(std::string piece);
  /// The end of the input. Only the first one counts.
  void close();

  std::optional<std::uint64_t> size() const override { return std::nullopt; }
  result<std::size_t> read(char* to, std::size_t room) override;
  bool rewind() override;
  bool is_ready() const override;
  task<void> wait_ready() override;
  void on_call_end() noexcept override;

 private:
  struct state;
  void write(std::string piece, boost::asio::any_completion_handler<void(bool)> handler);

  std::unique_ptr<state> state_;
};

}  // namespace utcp
