#pragma once

#include <utcp/clock.hpp>

#include <functional>
#include <map>
#include <memory>

namespace utcp {

/// Many deadlines on one alarm. Used from one executor only.
class deadlines {
 public:
  using entry = std::multimap<time_point, std::function<void()>>::iterator;

  deadlines(std::shared_ptr<clock> clock, boost::asio::any_io_executor executor);

  entry add(time_point when, std::function<void()> passed);
  /// Never for an entry whose function has run.
  void remove(entry e);

 private:
  void arm();
  void ring();
  void disarm_soon();

  std::shared_ptr<clock> clock_;
  boost::asio::any_io_executor executor_;
  std::unique_ptr<alarm> alarm_;
  std::multimap<time_point, std::function<void()>> pending_;
  time_point armed_for_ = time_point::max();  // never later than the first pending one
  std::shared_ptr<bool> disarm_posted_ = std::make_shared<bool>(false);
};

}  // namespace utcp
