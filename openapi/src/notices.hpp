#pragma once

#include "tree.hpp"

#include <utcp/error.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace utcp::openapi_detail {

/// What a conversion has to tell. One place and text are told once, and not more than a limit in all.
class notice_list {
 public:
  notice_list(const tree* root, std::size_t limit) : root_(root), limit_(limit) {}

  void add(node at, std::string message) { add_at(place_of(at), std::move(message)); }
  void add_at(std::string place, std::string message) {
    if (!told_.insert(place + '\n' + message).second) return;
    if (all_.size() < limit_) all_.emplace_back(std::move(place), std::move(message));
    else ++left_out_;
  }
  std::vector<notice> take() {
    if (left_out_ > 0) all_.emplace_back("", std::to_string(left_out_) + " more notices are left out");
    return std::move(all_);
  }

 private:
  std::string place_of(node at) const {
    if (!at) return {};
    std::string out = at.owner() == root_ ? std::string() : at.owner()->url + "#";
    return out + pointer_of(at);
  }

  const tree* root_;
  std::size_t limit_;
  std::size_t left_out_ = 0;
  std::set<std::string> told_;
  std::vector<notice> all_;
};

}  // namespace utcp::openapi_detail
