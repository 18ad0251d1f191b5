#include <fmt/format.h>

#include <array>

#include "stoic/host/compiler/csto_lowering.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

Compilation lower_arrays(const OscillatorArrays& arrays, const LoweringTask& task) {
  const auto& p = arrays.parameters.front().pinned_layer;
  if (p != std::array<double, 3>{1, 0, 0})
    throw Error(
        fmt::format("pinned_layer [{}, {}, {}]: the program needs [1, 0, 0], where H_s depends on m_x alone, "
                    "and the other fields lie along z; train with [1, 0, 0], or stay in float",
                    p[0], p[1], p[2]));
  const auto& seen = task.calibrated.once([&] {
    auto all = calibrate_csto(task.model, arrays, task.samples);
    if (task.noise.any()) {
      const auto noisy = calibrate_csto(task.model, arrays, task.samples, for_calibration(task.noise));
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
