#pragma once

#include <utcp/search_strategy.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace utcp {

/// Port: gives texts vectors, which are near each other where the texts mean alike. Thread-safe.
class embedding_model {
 public:
  virtual ~embedding_model() = default;
  /// One vector a text, in their order, all of one length. Blocks.
  virtual result<std::vector<std::vector<float>>> embed(std::span<const std::string> texts) = 0;
};

struct embedding_search_options {
  embedding_search_options() = default;

  std::size_t batch = 64;          ///< texts that the model is given at once; at least 1
  std::size_t candidates = 200;    ///< of each of the two orders, or `limit` if that is more
  double fusion = 60;              ///< a tool at place r of an order, from 1 on, gets 1 / (fusion + r) from it; 0 or more
  bool words_on_failure = false;   ///< when the model fails, what the words find; else the search fails as the model does
};

/// The `embedding` strategy: the order of another strategy and that of the vectors' cosines, put together by reciprocal rank
/// fusion. Every tool has a place in the second, so up to `limit` tools are found for any query.
///
/// A manual's tools are given to the model by the first search that needs them, which waits; the vectors are kept as long as the
/// manual, 4 bytes a number, and failures are not kept. Searches run in parallel and wait only for a manual that another is asking for.
/// `tool_match::why` tells what each order gave: `words` or `meaning`.
/// Fails as the other strategy and the model do, and with errc::protocol_error where vectors do not fit each other.
class embedding_search final : public search_strategy {
 public:
  /// Neither may be null.
  embedding_search(std::shared_ptr<embedding_model> model, std::shared_ptr<search_strategy> words,
                   embedding_search_options options = embedding_search_options());
  ~embedding_search() override;

  void on_snapshot(const catalogue_ptr& now) override;
  result<std::vector<tool_match>> search(const catalogue_ptr& in, std::string_view query, const search_options& options) const override;

 private:
  std::shared_ptr<embedding_model> model_;
  std::shared_ptr<search_strategy> words_;
  embedding_search_options options_;
  std::unique_ptr<class vector_keeper> keeper_;
};

/// What the model is given of a tool: its name, description, tags, and the names and descriptions of its parameters; at most 4,000 bytes.
std::string embedded_text(const tool& one);

}  // namespace utcp
