#include "vector_keeper.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

namespace utcp {
namespace {

constexpr std::size_t max_width = 1u << 14;

error bad_vectors(const std::string& what) { return {errc::protocol_error, "the embedding model gave " + what}; }

// Eight at a time, which every x86-64 and ARM machine does with few instructions.
using lanes [[gnu::vector_size(32)]] = float;
constexpr std::size_t lane_count = sizeof(lanes) / sizeof(float);

}  // namespace

float cosine(std::span<const float> a, std::span<const float> b) {
  lanes sums{};
  std::size_t i = 0;
  for (; i + lane_count <= a.size(); i += lane_count) {
    lanes x;
    lanes y;
    std::memcpy(&x, a.data() + i, sizeof x);
    std::memcpy(&y, b.data() + i, sizeof y);
    sums += x * y;
  }
  float out = 0;
  for (std::size_t lane = 0; lane < lane_count; ++lane) out += sums[lane];
  for (; i < a.size(); ++i) out += a[i] * b[i];
  return out;
}

result<unit_vectors> unit_vectors::of(const std::vector<std::vector<float>>& vectors, std::size_t count) {
  if (vectors.size() != count) return bad_vectors(std::to_string(vectors.size()) + " vectors for " + std::to_string(count) + " texts");
  unit_vectors out;
  if (vectors.empty()) return out;
  out.width_ = vectors.front().size();
  if (out.width_ == 0 || out.width_ > max_width) return bad_vectors("vectors of " + std::to_string(out.width_) + " numbers");
  out.numbers_.reserve(count * out.width_);
  for (const auto& vector : vectors) {
    if (vector.size() != out.width_) return bad_vectors("vectors of different lengths");
    double square = 0;
    for (float number : vector) square += static_cast<double>(number) * static_cast<double>(number);
    if (!std::isfinite(square)) return bad_vectors("a number that is not finite");
    const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
    for (float number : vector) out.numbers_.push_back(static_cast<float>(number * scale));
  }
  return out;
}

bool unit_vectors::append(const unit_vectors& more) {
  if (size() == 0) width_ = more.width_;
  if (more.width_ != width_) return false;
  numbers_.insert(numbers_.end(), more.numbers_.begin(), more.numbers_.end());
  return true;
}

result<vector_keeper::vectors_ptr> vector_keeper::of(const manual_ptr& one, embedding_model& model, std::size_t batch) {
  std::shared_ptr<slot> mine;
  {
    std::lock_guard lock(mutex_);
    std::shared_ptr<slot>& known = slots_[one.get()];
    if (!known || known->of.expired()) {  // an address may be given again
      known = std::make_shared<slot>();
      known->of = one;
    }
    mine = known;
  }
  std::lock_guard lock(mine->asking);
  if (mine->made) return mine->made;
  unit_vectors all;
  const auto& tools = one->tools();
  std::vector<std::string> texts;
  for (std::size_t begin = 0; begin < tools.size(); begin += batch) {
    const std::size_t end = std::min(begin + batch, tools.size());
    texts.clear();
    for (std::size_t i = begin; i < end; ++i) texts.push_back(embedded_text(*tools[i]));
    auto answer = model.embed(texts);
    if (!answer) return answer.error();
    auto some = unit_vectors::of(*answer, texts.size());
    if (!some) return some.error();
    if (!all.append(*some)) return bad_vectors("vectors of different lengths");
  }
  mine->made = std::make_shared<const unit_vectors>(std::move(all));
  return mine->made;
}

void vector_keeper::sweep() {
  std::lock_guard lock(mutex_);
  std::erase_if(slots_, [](const auto& entry) { return entry.second->of.expired(); });
}

}  // namespace utcp
