// What authorization servers and browsers send: the first line is a redirect's query, the second an address, the rest a document.
#include "fuzz_input.hpp"

#include "oauth_client.hpp"
#include "oauth_request.hpp"
#include "protected_resource.hpp"

using namespace utcp;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = fuzz::text_of(data, size);
  const std::string_view query = fuzz::take_line(rest);
  const std::string address(fuzz::take_line(rest));
  const std::string document(rest);

  if (const auto pairs = mcp::read_query(query)) {
    std::string again;
    for (const auto& [name, value] : *pairs) net::append_query_pair(again, name, value);
    fuzz::require(*mcp::read_query(again) == *pairs);
  }
  mcp::pending_authorization asked;
  asked.state = "s1";
  server_metadata server;
  server.issuer = "https://as";
  server.names_itself_in_answers = true;
  if (const auto code = mcp::read_code(query, asked, server)) fuzz::require(!code->reveal().empty() && query.find("s1") != std::string_view::npos);

  const auto mcp_server = net::url::parse("https://s/a/mcp").value();
  if (mcp::covers(address, mcp_server)) fuzz::require(net::url::parse(address)->same_origin(mcp_server));
  if (const auto at = net::url::parse(address))
    for (const auto& place : mcp::resource_metadata_places(*at)) fuzz::require(place.same_origin(*at));

  if (const auto read = mcp::read_protected_resource(document, mcp_server)) fuzz::require(!read->issuers.empty() && mcp::covers(read->resource, mcp_server));
  if (const auto read = read_metadata(document, "https://as")) fuzz::require(!read->token_endpoint.empty());
  if (const auto read = mcp::read_registration(document, "http://127.0.0.1:1/callback", mcp::scope_list())) {
    const auto again = mcp::read_client(mcp::write_client(*read));
    fuzz::require(read->key_expires != 0 || (again && again->id == read->id && again->key == read->key));
  }
  return 0;
}
