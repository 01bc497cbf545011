#pragma once

#include "plugin_library.hpp"

#include <utcp/plugin_loader.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace utcp {

inline std::string_view text_of(utcp_view view) { return view.size == 0 || !view.data ? std::string_view() : std::string_view(view.data, view.size); }

class observer;

/// What an operation of a plug-in gave. `value` holds a discovery's manual as text.
struct plugin_answer {
  tool_result value;
  std::vector<notice> notices;
  bool end = false;
};

/// One operation that a plug-in was asked for. The plug-in's thread and the client's strand meet here.
struct plugin_operation {
  enum class kind { discover, call, open_stream, next };

  plugin_operation(kind of, std::size_t limit) : what(of), max_bytes(limit) {}

  const kind what;
  const std::size_t max_bytes;

  std::mutex mutex;  // guards all below
  std::optional<result<plugin_answer>> answer;
  bool abandoned = false;                       // nobody waits; the answer is dropped
  boost::asio::any_io_executor executor;        // set while the coroutine sleeps on `wake`: a stored strand must not outlive its context
  boost::asio::steady_timer* wake = nullptr;
};

/// One instance of a plug-in and the host it talks to. Made by `start`; ends the plug-in's instance when the last owner
/// goes. When the plug-in then still owes a completion, instance and library stay to the end of the process.
class plugin_instance {
 public:
  /// Fails with errc::unsupported or errc::protocol_error.
  static result<std::shared_ptr<plugin_instance>> start(std::shared_ptr<plugin_library> library);

  const utcp_plugin& plugin() const noexcept { return *plugin_; }
  std::string describe() const { return "plug-in " + name_; }
  bool streams() const noexcept { return plugin_->open_stream != nullptr; }

  /// Who is told of what the plug-in does wrong, on which executor.
  void report_to(std::shared_ptr<observer> who, boost::asio::any_io_executor on);
  void listen(const std::string& manual, std::shared_ptr<catalogue_events> events);
  void forget(const std::string& manual);

  /// Notes an operation; its number is never used again.
  std::uint64_t begin(std::shared_ptr<plugin_operation> operation);
  /// The plug-in was not asked after all.
  void withdraw(std::uint64_t number);

  /// Calls the plug-in; errc::protocol_error when it throws.
  template <class Function, class... Arguments>
  result<void> ask(Function function, Arguments... arguments) noexcept {
    try {
      function(plugin_->self, arguments...);
      return {};
    } catch (...) {
      return threw();
    }
  }

 private:
  plugin_instance() = default;
  ~plugin_instance() = default;

  result<void> check() const;
  result<void> threw() const;
  void complete(std::uint64_t number, const utcp_outcome* outcome);
  void changed(utcp_view manual);
  void complain(std::string what);
  static void retire(plugin_instance* instance);

  std::shared_ptr<plugin_library> library_;
  utcp_host host_{};
  const utcp_plugin* plugin_ = nullptr;
  std::string name_;

  std::mutex mutex_;  // guards all below
  std::uint64_t next_number_ = 1;
  std::unordered_map<std::uint64_t, std::shared_ptr<plugin_operation>> owed_;
  std::map<std::string, std::shared_ptr<catalogue_events>> listeners_;
  std::shared_ptr<observer> observer_;
  boost::asio::any_io_executor executor_;
  unsigned complaints_ = 0;
};

/// Reads what a plug-in completed an operation with. `who` begins the messages.
result<plugin_answer> read_outcome(const utcp_outcome* outcome, const plugin_operation& of, const std::string& who);

}  // namespace utcp
