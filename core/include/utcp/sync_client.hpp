#pragma once

#include <utcp/client.hpp>

#include <chrono>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// How long a loop that ends with its client runs on, at most: sessions with servers, and programs, are ended in this time.
/// `io_context::run_for` comes back at once when nothing is left to end.
constexpr std::chrono::milliseconds client_end_patience{2'500};

class sync_loop;

/// A blocking range of results: `for (auto& item : stream) …`. Each item is a result; after a failed one the range ends.
class sync_stream {
 public:
  sync_stream(std::shared_ptr<sync_loop> loop, result_stream stream);
  sync_stream(const sync_stream&) = default;
  sync_stream(sync_stream&&) noexcept = default;
  sync_stream& operator=(sync_stream other) noexcept;  // what is replaced goes before the loop it runs on

  /// The next item, or nothing at the end. Blocks.
  result<std::optional<tool_result>> next();

  class iterator {
   public:
    using value_type = result<tool_result>;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    iterator() = default;
    explicit iterator(sync_stream* from) : from_(from) { advance(); }
    value_type& operator*() { return *item_; }
    iterator& operator++() {
      advance();
      return *this;
    }
    void operator++(int) { advance(); }
    friend bool operator==(const iterator& it, std::default_sentinel_t) { return it.from_ == nullptr; }

   private:
    void advance();
    sync_stream* from_ = nullptr;
    std::optional<value_type> item_;
  };

  iterator begin() { return iterator(this); }
  std::default_sentinel_t end() const noexcept { return {}; }

 private:
  std::shared_ptr<sync_loop> loop_;
  result_stream stream_;
};

/// The client for an application without an event loop: every operation blocks the calling thread. Thread-safe: one of the
/// waiting threads drives the work of all; there is no thread of its own. The last copy lets sessions end, for at most
/// `client_end_patience`.
class sync_client {
 public:
  /// Fails as `client::async_create`.
  static result<sync_client> create(client_config config, client_options options);
  /// Reads the file with the registry's document readers, then creates.
  static result<sync_client> create(const std::filesystem::path& config_file, client_options options);

  sync_client(const sync_client&) = default;
  sync_client(sync_client&&) noexcept = default;
  sync_client& operator=(sync_client other) noexcept;  // what is replaced goes before the loop it runs on

  const client::reports& registered() const noexcept;
  manual_report register_manual(call_template manual);
  client::reports register_manuals(std::vector<call_template> manuals);
  result<void> deregister_manual(std::string name);
  manual_report refresh_manual(std::string name);
  result<tool_result> call_tool(std::string name, json arguments = json::object(), call_options options = {});
  result<tool_result> call_tool_full(std::string name, json arguments = json::object(), call_options options = {});
  result<sync_stream> call_tool_streaming(std::string name, json arguments = json::object(), call_options options = {});
  result<std::vector<tool_match>> search_tools(std::string_view query, const search_options& options = {}) const;
  catalogue_ptr tools() const;
  tool_ptr tool(std::string_view full_name) const;
  result<json> preview(std::string_view name, const json& arguments) const;
  std::vector<std::string> required_variables() const;
  json export_manual(dialect as, fidelity how, std::vector<notice>& notices) const;

 private:
  sync_client(std::shared_ptr<sync_loop> loop, client inner) : loop_(std::move(loop)), client_(std::move(inner)) {}

  std::shared_ptr<sync_loop> loop_;
  client client_;
};

}  // namespace utcp
