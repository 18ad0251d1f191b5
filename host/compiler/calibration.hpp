#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <typeindex>
#include <utility>

#include "stoic/host/compiler/range.hpp"
#include "stoic/host/data/dataset.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"

namespace stoic {

/// That calibrate() takes: enough to see the range of every vector; more only takes time.
constexpr std::int64_t most_calibration_samples = 2000;

/// What the float reference makes of calibration samples, whatever the word lengths: what compile() chooses
/// binary points by, for as many instances as one likes, also in several threads. Copies share what is known.
///
/// Each kind of finding is made once, by the first compilation that asks for it. It belongs to the model that
/// it was made of.
class Calibration {
 public:
  const Samples& samples() const { return samples_; }
  /// Of the elements of all real-valued samples that were given.
  const Range& inputs() const { return inputs_; }
  const Noise& noise() const { return noise_; }

  /// What make() returns is a kind by its type: what differs must have types of its own.
  template <class Make>
  const auto& once(const Make& make) const {
    using Kind = decltype(make());
    const std::lock_guard lock(findings_->busy);
    auto& known = findings_->known[typeid(Kind)];
    if (!known) known = std::make_shared<Kind>(make());
    return *static_cast<const Kind*>(known.get());
  }

 private:
  friend Calibration calibrate(const Model& model, const Dataset& data, const Noise& noise);
  Calibration(Samples samples, const Range& inputs, const Noise& noise)
      : samples_(std::move(samples)), inputs_(inputs), noise_(noise) {}

  struct Findings {
    std::mutex busy;
    std::map<std::type_index, std::shared_ptr<void>> known;
  };
  Samples samples_;
  Range inputs_;
  Noise noise_;
  std::shared_ptr<Findings> findings_ = std::make_shared<Findings>();
};

/// The first most_calibration_samples of `data` (training data; no labels) calibrate. With noise, ranges also cover the samples
/// that meet it. Throws Error when there is none, or they are none for this model.
Calibration calibrate(const Model& model, const Dataset& data, const Noise& noise = {});

}  // namespace stoic
