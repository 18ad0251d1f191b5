#include "stoic/host/analysis/scripted_ftmle.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>

#include "stoic/host/analysis/singular_value.hpp"
#include "stoic/host/kernels/team.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/stopwatch.hpp"

namespace stoic {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using ScriptedBatch = ScriptedStages::Batch;

/// Samples whose graph of operations is held at a time.
constexpr std::int64_t scripted_samples = 16;

/// Errors of the component as those of this library.
template <class Work>
auto from_component(const Work& work) {
  try {
    return work();
  } catch (const std::runtime_error& error) {
    throw Error(error.what());
  }
}

template <class T>
std::vector<double> npz_numbers(const NpzArray& array) {
  std::vector<T> values(array.bytes.size() / sizeof(T));
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return {values.begin(), values.end()};
}

using Convert = std::vector<double> (*)(const NpzArray&);
const std::map<std::string, Convert> number_types{
    {"<f4", npz_numbers<float>},        {"<f8", npz_numbers<double>},
    {"<i4", npz_numbers<std::int32_t>}, {"<i8", npz_numbers<std::int64_t>},
    {"<i2", npz_numbers<std::int16_t>}, {"|i1", npz_numbers<std::int8_t>},
    {"|u1", npz_numbers<std::uint8_t>}, {"<u2", npz_numbers<std::uint16_t>},
    {"<u4", npz_numbers<std::uint32_t>}};

/// Some stages of a batch, one behind the other, as a map with a derivative.
struct Stretch {
  const ScriptedBatch& batch;
  std::size_t first, last;  ///< inclusive
  Index samples;

  MatrixXd push(MatrixXd d) const {
    for (std::size_t k = first; k <= last; ++k) {
      MatrixXd next(batch.to(k), samples);
      batch.push(k, d.data(), next.data());
      d = std::move(next);
    }
    return d;
  }
  MatrixXd pull(MatrixXd w) const {
    for (std::size_t k = last + 1; k-- > first;) {
      MatrixXd next(batch.from(k), samples);
      batch.pull(k, w.data(), next.data());
      w = std::move(next);
    }
    return w;
  }
};

void measure_stretch(const Stretch& stretch, Index first_sample, const FtmleOptions& options, Ftmle& part) {
  const Index from = stretch.batch.from(stretch.first);
  const auto found = largest_singular_values(
      {.samples = stretch.samples,
       .from = from,
       .push = [&](const MatrixXd& d) { return from_component([&] { return stretch.push(d); }); },
       .pull = [&](const MatrixXd& w) { return from_component([&] { return stretch.pull(w); }); },
       .admit = {}},
      {.seed = options.seed, .first_sample = first_sample, .tolerance = options.tolerance});
  for (Index s = 0; s < stretch.samples; ++s) {
    const auto at = static_cast<std::size_t>(first_sample + s);
    part.sigma[at] = found.value(s);
    part.residual[at] = found.residual(s);
    part.per_sample[at] = std::log(found.value(s)) / part.time;
  }
}

std::unique_ptr<ScriptedBatch> run_stages(const ScriptedStages& stages, const ScriptedInputs& inputs,
                                          std::int64_t first, std::int64_t count) {
  auto shape = inputs.shape;
  const auto length = static_cast<std::int64_t>(inputs.values.size()) / shape.front();
  shape.front() = count;
  auto batch =
      from_component([&] { return stages.run(&inputs.values[first * length], shape, inputs.whole); });
  for (const double value : batch->last())
    if (!std::isfinite(value))
      throw Error(
          fmt::format("samples {} to {}: the stages give a number that is not finite; look at the "
                      "inputs, which are to be as the network was trained on them",
                      first, first + count - 1));
  return batch;
}

}  // namespace

std::shared_ptr<const ScriptedStages> load_scripted_stages(const std::filesystem::path& module,
                                                           const std::vector<std::filesystem::path>& stages) {
  std::error_code ignored;
  if (!std::filesystem::exists(module, ignored))
    throw Error(
        "TorchScript needs libtorch, which this build was made without; install libtorch-dev and build "
        "again");
  std::vector<std::string> paths;
  for (const auto& path : stages) {
    if (!std::filesystem::is_regular_file(path, ignored))
      throw Error(fmt::format("{}: there is no such file; name what torch.jit.save wrote", path.string()));
    paths.push_back(path.string());
  }
  void* const library = ::dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays for the rest of the process
  if (library == nullptr)
    throw Error(fmt::format("{}: cannot be loaded: {}; install libtorch-dev and build again", module.string(),
                            ::dlerror()));
  const auto load = reinterpret_cast<LoadScriptedStages>(::dlsym(library, scripted_stages_loader));
  if (load == nullptr)
    throw Error(fmt::format("{}: is not the component for TorchScript; build again", module.string()));
  return from_component([&] { return std::shared_ptr<const ScriptedStages>(load(paths)); });
}

ScriptedInputs read_scripted_inputs(const std::filesystem::path& path, const std::string& name,
                                    std::int64_t samples) {
  const NpzReader file(path);
  if (name.empty() && file.names().size() != 1)
    throw Error(fmt::format("{}: holds {} arrays ({}); say which one with --array", path.string(),
                            file.names().size(), fmt::join(file.names(), ", ")));
  const auto array = file.read(name.empty() ? file.names().front() : name);
  const auto where = fmt::format("{}: array \"{}\"", path.string(), array.name);
  const auto convert = number_types.find(array.type);
  if (convert == number_types.end())
    throw Error(fmt::format("{}: has the type {}; save numbers, such as float32", where, array.type));
  ScriptedInputs result{convert->second(array), array.shape, array.type[1] != 'f'};
  if (result.shape.empty() || result.values.empty())
    throw Error(fmt::format("{}: has the shape [{}]; samples are its first dimension, at least one of them",
                            where, fmt::join(array.shape, ", ")));
  if (!std::all_of(result.values.begin(), result.values.end(), [](double v) { return std::isfinite(v); }))
    throw Error(fmt::format("{}: holds infinity or not-a-number; remove such samples", where));
  if (samples > 0 && samples < result.shape.front()) {
    result.values.resize(result.values.size() / static_cast<std::size_t>(result.shape.front()) *
                         static_cast<std::size_t>(samples));
    result.shape.front() = samples;
  }
  return result;
}

FtmleResult scripted_ftmle(const ScriptedStages& stages, const std::vector<std::string>& names,
                           const ScriptedInputs& inputs, const FtmleOptions& options) {
  const Stopwatch watch;
  const std::int64_t samples = inputs.shape.front();
  // One sample says which stages have a derivative.
  const auto probe = run_stages(stages, inputs, 0, 1);
  std::size_t first = 0;
  while (first < stages.count() && !probe->has_derivative(first)) ++first;
  for (std::size_t k = first; k < stages.count(); ++k)
    if (!probe->has_derivative(k))
      throw Error(
          fmt::format("{}: has no derivative: its output does not depend on its input, or is of whole "
                      "numbers",
                      names[k]));
  if (first == stages.count())
    throw Error(
        "no stage has a derivative: the inputs are whole numbers; give real numbers, or a stage behind "
        "the embedding");
  FtmleResult result{FtmleScope::layers, {}, options.tolerance, options.seed, 0};
  const auto add = [&](const std::string& name, double time) {
    const auto count = static_cast<std::size_t>(samples);
    result.parts.push_back({name,
                            time,
                            "per stage",
                            std::vector<double>(count),
                            std::vector<double>(count),
                            std::vector<double>(count),
                            {}});
  };
  add("whole", static_cast<double>(stages.count() - first));
  for (std::size_t k = first; k < stages.count(); ++k) add(names[k], 1);
  // By one thread: of others PyTorch's sums have other last bits.
  const Team alone(1, options.stop);
  auto known = std::min(options.known_samples, samples);
  if (known < samples) known -= known % scripted_samples;
  if (!take_known_samples(options, known, result.parts)) known = 0;
  for (std::int64_t at = known; at < samples; at += scripted_samples) {
    alone.stop_if_asked();
    const auto count = std::min(scripted_samples, samples - at);
    const auto batch = run_stages(stages, inputs, at, count);
    measure_stretch({*batch, first, stages.count() - 1, count}, at, options, result.parts.front());
    for (std::size_t k = first; k < stages.count(); ++k)
      measure_stretch({*batch, k, k, count}, at, options, result.parts[k - first + 1]);
    if (options.progress) options.progress(at + count, samples);
    if (options.keep) options.keep(result.scope, result.parts, at + count);
  }
  name_uncertified(options, result.parts);
  result.seconds = watch.seconds();
  return result;
}

}  // namespace stoic
