#pragma once

#include <string_view>

namespace utcp::search_detail {

/// Words that say nothing: articles, pronouns, auxiliary verbs, prepositions. As written, not stemmed.
bool is_stop_word(std::string_view word);

/// Words that belong to asking for something, whatever it is (`find`, `need`, `information`): they count little even where few
/// tools have them. Stems.
bool is_request_stem(std::string_view stem);

}  // namespace utcp::search_detail
