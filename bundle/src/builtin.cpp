#include <utcp/builtin.hpp>

#ifdef UTCP_WITH_HTTP
#include <utcp/embeddings_endpoint.hpp>
#endif
#include <utcp/search/indexed_search.hpp>
#include <utcp/search/tag_search.hpp>
#include <utcp/openapi/importer.hpp>
#ifdef UTCP_WITH_YAML
#include <utcp/openapi/yaml_format.hpp>
#endif
#ifdef UTCP_WITH_HTTP
#include <utcp/transports/http.hpp>
#include <utcp/transports/http_stream.hpp>
#include <utcp/transports/sse.hpp>
#endif
#ifdef UTCP_WITH_CLI
#include <utcp/transports/cli.hpp>
#endif
#ifdef UTCP_WITH_GRPC
#include <utcp/transports/grpc.hpp>
#endif
#ifdef UTCP_WITH_MCP
#include <utcp/transports/mcp.hpp>
#endif
#ifdef UTCP_WITH_TEXT
#include <utcp/transports/text.hpp>
#endif

namespace utcp {

registry builtin_registry() {
  registry out;
  out.add_search_strategy("indexed", make_indexed_search());
  for (const char* alias : {"tag", "tag_search", "tag_and_description_word_match"}) out.add_search_strategy(alias, make_tag_search());
#ifdef UTCP_WITH_YAML
  out.documents.yaml = make_yaml_format();
#endif
  out.documents.importers.push_back(make_openapi_importer(out.documents.yaml));
#ifdef UTCP_WITH_HTTP
  out.add_search_strategy("embedding", make_embedding_search());
  out.add("http", make_http_transport());
  out.add("http_stream", make_http_stream_transport());
  out.add("sse", make_sse_transport());
#endif
#ifdef UTCP_WITH_CLI
  out.add("cli", make_cli_transport());
#endif
#ifdef UTCP_WITH_GRPC
  out.add("grpc", make_grpc_transport());
#endif
#ifdef UTCP_WITH_MCP
  out.add("mcp", make_mcp_transport());
#endif
#ifdef UTCP_WITH_TEXT
  out.add("text", make_text_transport());
  out.add("file", make_text_transport());
#endif
  return out;
}

}  // namespace utcp
