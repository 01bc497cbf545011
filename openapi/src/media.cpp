#include "media.hpp"

namespace utcp::openapi_detail {

std::string bare_media(std::string_view media) {
  media = media.substr(0, media.find(';'));
  const auto first = media.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  media = media.substr(first, media.find_last_not_of(" \t") - first + 1);
  std::string out(media);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

media_kind kind_of_media(std::string_view media) {
  const std::string bare = bare_media(media);
  if (bare == "application/json" || bare == "text/json" || bare.ends_with("+json")) return media_kind::json;
  if (bare == "*/*" || bare == "*" || bare == "application/*") return media_kind::any;
  if (bare == "application/x-www-form-urlencoded") return media_kind::form;
  if (bare.starts_with("multipart/")) return media_kind::multipart;
  if (bare.starts_with("text/") && !is_xml(bare)) return media_kind::text;
  return media_kind::other;
}

bool is_xml(std::string_view media) {
  const std::string bare = bare_media(media);
  return bare == "application/xml" || bare == "text/xml" || bare.ends_with("+xml");
}

std::string concrete_media(std::string_view media) {
  const std::string bare = bare_media(media);
  if (bare == "*/*" || bare == "*" || bare == "application/*") return "application/json";
  if (bare == "text/*") return "text/plain";
  if (bare == "image/*") return "image/png";
  if (bare == "audio/*") return "audio/mpeg";
  if (bare == "video/*") return "video/mp4";
  if (bare == "multipart/*") return "multipart/form-data";
  return std::string(media);
}

}  // namespace utcp::openapi_detail
