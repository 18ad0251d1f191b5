#pragma once
#include <vector>

#include "stoic/sim/platform/hart.hpp"

namespace stoic::platform {

/// Several that look at every instruction, in the order in which they were added.
class Observers : public Observer {
 public:
  void add(Observer* observer) { observers_.push_back(observer); }
  bool empty() const { return observers_.empty(); }
  bool before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) override {
    for (auto* observer : observers_)
      if (!observer->before(pc, instruction, cycle)) return false;
    return true;
  }

 private:
  std::vector<Observer*> observers_;
};

}  // namespace stoic::platform
