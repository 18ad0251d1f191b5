#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <typeindex>

namespace stoic {

/// What was found out about a model on its calibration samples, whatever the word lengths. Compilations of
/// the same model, samples and noise share it, also in several threads: each kind is made once, by the first
/// one that asks.
/// What make() returns is a kind by its type: what differs must have types of its own.
class Calibrated {
 public:
  template <class Make>
  const auto& once(const Make& make) {
    using Kind = decltype(make());
    const std::lock_guard lock(busy_);
    auto& known = known_[typeid(Kind)];
    if (!known) known = std::make_shared<Kind>(make());
    return *static_cast<const Kind*>(known.get());
  }

 private:
  std::mutex busy_;
  std::map<std::type_index, std::shared_ptr<void>> known_;
};

}  // namespace stoic
