#include "rig.hpp"

namespace utcp::conformance {

std::vector<subject> subjects() {
  std::vector<subject> out{{"reference", make_reference}, {"memo_static", make_memo_static}, {"memo_plugin", make_memo_plugin}};
#ifdef UTCP_WITH_TEXT
  out.push_back({"text", make_text});
#endif
#ifdef UTCP_WITH_HTTP
  out.push_back({"http", make_http});
  out.push_back({"http_stream", make_http_stream});
  out.push_back({"sse", make_sse});
#endif
#ifdef UTCP_WITH_MCP
  out.push_back({"mcp", make_mcp});
#endif
#ifdef UTCP_WITH_GRPC
  out.push_back({"grpc", make_grpc});
#endif
#ifdef UTCP_WITH_CLI
  out.push_back({"cli", make_cli});
#endif
  return out;
}

}  // namespace utcp::conformance
