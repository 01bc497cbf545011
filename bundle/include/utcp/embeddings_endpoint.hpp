#pragma once

#include <utcp/search/embedding_search.hpp>
#include <utcp/secret.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace utcp {

struct embeddings_endpoint_options {
  embeddings_endpoint_options() = default;

  std::string url;                          ///< such as `https://api.openai.com/v1/embeddings`
  std::string model;                        ///< empty: not sent
  secret api_key;                           ///< sent as a bearer token; empty: none
  std::size_t dimensions = 0;               ///< of the vectors that are asked for; 0: the model's own
  std::chrono::milliseconds timeout{30'000};  ///< of one request
  bool allow_insecure_http = false;         ///< plain http to other hosts than this one
};

/// Vectors from a server that speaks OpenAI's embeddings API, as many others do (Ollama, llama.cpp, vLLM). Redirects are not followed.
/// Requests go one after the other over a kept connection.
/// Fails with errc::invalid_config or not_allowed for the URL. `embed` fails as net::http_client::send, as net::status_error says, and
/// with errc::protocol_error for an answer that is not as the API says.
result<std::shared_ptr<embedding_model>> make_embeddings_endpoint(embeddings_endpoint_options options);

/// Makes `embedding_search` over such a server and `indexed_search` from a `tool_search_strategy` object: the names of the options of
/// all three are its keys (`timeout_ms` for the timeout). Fails with errc::invalid_config, naming the key.
search_strategy_factory make_embedding_search();

}  // namespace utcp
