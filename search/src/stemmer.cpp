#ifdef UTCP_WITH_STEMMER
#include <libstemmer.h>
#endif

#include "stemmer.hpp"

#include <algorithm>

namespace utcp::search_detail {

#ifdef UTCP_WITH_STEMMER
stemmer::stemmer() : english_(sb_stemmer_new("english", "UTF_8")) {}
stemmer::~stemmer() {
  if (english_) sb_stemmer_delete(static_cast<sb_stemmer*>(english_));
}

std::string_view stemmer::stem(std::string_view word) {
  if (!english_ || word.size() < 3 || std::ranges::any_of(word, [](char c) { return c < 'a' || c > 'z'; })) return word;
  sb_stemmer* const native = static_cast<sb_stemmer*>(english_);
  const sb_symbol* found = sb_stemmer_stem(native, reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
  if (!found) return word;
  return {reinterpret_cast<const char*>(found), static_cast<std::size_t>(sb_stemmer_length(native))};
}
#else
stemmer::stemmer() = default;
stemmer::~stemmer() = default;
std::string_view stemmer::stem(std::string_view word) { return english_ ? std::string_view() : word; }
#endif

}  // namespace utcp::search_detail
