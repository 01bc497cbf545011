#include "request_words.hpp"

#include "stemmer.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>

namespace utcp::search_detail {
namespace {

/// Sorted.
constexpr std::string_view stop_words[] = {
    "a", "about", "also", "am", "an", "and", "any", "are", "as", "at", "be", "been", "being", "but", "by", "can", "could",
    "did", "do", "does", "doing", "for", "from", "had", "has", "have", "having", "he", "her", "hers", "him", "his", "how",
    "i", "if", "in", "into", "is", "it", "its", "just", "let", "me", "mine", "my", "no", "nor", "not", "of", "on", "or",
    "our", "ours", "please", "shall", "she", "should", "so", "some", "such", "than", "that", "the", "their", "theirs",
    "them", "then", "there", "these", "they", "this", "those", "to", "too", "us", "very", "was", "we", "were", "what",
    "when", "where", "which", "while", "who", "whom", "whose", "why", "will", "with", "would", "you", "your", "yours",
};

constexpr std::string_view request_words[] = {
    "able", "actually", "another", "ask", "assist", "based", "best", "both", "certain", "check", "come", "current",
    "currently", "detailed", "different", "each", "easily", "etc", "every", "few", "find", "follow", "following", "get",
    "give", "go", "going", "good", "hello", "help", "hey", "hi", "include", "including", "information", "interested",
    "kind", "know", "like", "look", "looking", "lot", "lots", "make", "many", "maybe", "more", "most", "much", "need",
    "new", "now", "ok", "okay", "one", "other", "own", "per", "possible", "provide", "quickly", "really", "related", "same",
    "see", "show", "specific", "sure", "take", "tell", "thank", "thanks", "think", "today", "try", "trying", "two", "type",
    "use", "used", "using", "various", "want", "way", "ways",
};

}  // namespace

bool is_stop_word(std::string_view word) { return std::ranges::binary_search(stop_words, word); }

bool is_request_stem(std::string_view stem) {
  static const std::set<std::string, std::less<>> stems = [] {
    std::set<std::string, std::less<>> out;
    stemmer by;
    for (const std::string_view word : request_words) out.emplace(by.stem(word));
    return out;
  }();
  return stems.contains(stem);
}

}  // namespace utcp::search_detail
