#pragma once

#include <string>
#include <string_view>

namespace utcp::openapi_detail {

enum class media_kind { json, any, form, multipart, text, other };

/// Without parameters, in lower case.
std::string bare_media(std::string_view media);
/// In the order in which a body's media types are preferred.
media_kind kind_of_media(std::string_view media);
bool is_xml(std::string_view media);
/// A type to send for a range such as `image/*`; what is none stays.
std::string concrete_media(std::string_view media);

}  // namespace utcp::openapi_detail
