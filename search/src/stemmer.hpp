#pragma once

#include <string_view>

namespace utcp::search_detail {

/// English stems by Snowball; without libstemmer words stay. One object for one thread.
class stemmer {
 public:
  stemmer();
  ~stemmer();
  stemmer(const stemmer&) = delete;
  stemmer& operator=(const stemmer&) = delete;

  /// Of a folded word; words that are not plain ASCII letters stay. Good until the next call.
  std::string_view stem(std::string_view word);

 private:
  void* english_ = nullptr;  // sb_stemmer
};

}  // namespace utcp::search_detail
