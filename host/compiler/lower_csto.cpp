#include <fmt/format.h>

#include "stoic/host/compiler/csto_lowering.hpp"

namespace stoic {
namespace {

Compilation lower_arrays(const OscillatorArrays& arrays, const LoweringTask& task) {
  const auto& seen = task.calibration.once([&] {
    auto all = calibrate_csto(task.model, arrays, task.samples());
    if (task.noise().any()) {
      const auto noisy = calibrate_csto(task.model, arrays, task.samples(), for_calibration(task.noise()));
      for (std::size_t k = 0; k < all.size(); ++k) include_ranges(all[k], noisy[k]);
    }
    return all;
  });
  return CstoLowering(task, arrays, seen).run();
}

}  // namespace

Compilation lower(const CstoParameters& parameters, const LoweringTask& task) {
  return lower_arrays({{parameters}, {&task.model.matrices.at("W_coupling")}, {}}, task);
}

Compilation lower(const DeepCstoParameters& parameters, const LoweringTask& task) {
  OscillatorArrays arrays{parameters.arrays, {}, {}};
  for (std::size_t k = 1; k <= parameters.arrays.size(); ++k) {
    arrays.couplings.push_back(&task.model.matrices.at(fmt::format("W_coupling_{}", k)));
    if (k > 1) arrays.between.push_back(&task.model.matrices.at(fmt::format("W_{}", k - 1)));
  }
  return lower_arrays(arrays, task);
}

}  // namespace stoic
