#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "stoic/host/analysis/ftmle.hpp"
#include "stoic/host/analysis/scripted_stages.hpp"

namespace stoic {

/// The component at `module` with these stages loaded. Throws Error that says what to install when there is
/// no component, and for files that are no TorchScript.
std::shared_ptr<const ScriptedStages> load_scripted_stages(const std::filesystem::path& module,
                                                           const std::vector<std::filesystem::path>& stages);

/// Inputs of such stages.
struct ScriptedInputs {
  std::vector<double> values;
  std::vector<std::int64_t> shape;  ///< samples first
  bool whole = false;               ///< whole numbers, such as tokens
};
/// The array `name` of a `.npz`, or its only one where `name` is empty; the first `samples` of it (0: all).
/// Throws Error for what is no array of finite numbers with at least one sample.
ScriptedInputs read_scripted_inputs(const std::filesystem::path& path, const std::string& name,
                                    std::int64_t samples);

/// FTMLE with T = 1 of each stage, and of the whole with T the number of stages. A stage that gets whole
/// numbers has none, and the whole begins behind it. One thread does it, whatever options.threads. Throws
/// Error for stages that do not take such inputs.
FtmleResult scripted_ftmle(const ScriptedStages& stages, const std::vector<std::string>& names,
                           const ScriptedInputs& inputs, const FtmleOptions& options = {});

}  // namespace stoic
