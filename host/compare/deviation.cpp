#include "stoic/host/compare/deviation.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "stoic/host/compare/vector_pairs.hpp"
#include "stoic/host/compiler/image_notes.hpp"
#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/learning/inference.hpp"
#include "stoic/sim/contract/operands.hpp"
#include "stoic/sim/golden/batch.hpp"

namespace stoic {
namespace {

std::multimap<std::int64_t, ResultNote> results_by_slot(const Image& image) {
  std::multimap<std::int64_t, ResultNote> results;
  for (auto& note : results_of(image, "image")) results.emplace(note.slot, std::move(note));
  return results;
}

/// Adds up one vector of a chunk of samples.
void accumulate(Deviation& deviation, const VectorPair& pair) {
  const double unit = std::ldexp(1.0, static_cast<int>(-deviation.fraction_bits));
  for (std::int64_t s = 0; s < pair.samples; ++s)
    for (Eigen::Index i = 0; i < pair.reference->rows(); ++i) {
      const double exact = (*pair.reference)(i, pair.first_column + s);
      const double error = pair.code(s, i) * unit - exact;
      deviation.least = deviation.elements == 0 ? exact : std::min(deviation.least, exact);
      deviation.most = deviation.elements == 0 ? exact : std::max(deviation.most, exact);
      deviation.largest_error = std::max(deviation.largest_error, std::abs(error));
      ++deviation.elements;
      deviation.mean_square_error += error * error;
      deviation.mean_square += exact * exact;
    }
}

/// What a vector is called in its `run`th computation.
std::string numbered(const ResultNote& result, std::size_t run) {
  const auto mark = result.label.find('#');
  if (mark == std::string::npos) return result.name;
  auto text = result.label;
  return text.replace(mark, 1, std::to_string(result.first + static_cast<std::int64_t>(run)));
}

/// The first element that an instruction writes.
std::int64_t destination_of(const Instruction& instruction, const HardwareConfig& config) {
  std::int64_t first = 0;
  for_each_operand(instruction, config, [&](const OperandRange& range) {
    if (range.written) first = range.first;
  });
  return first;
}

}  // namespace

double Deviation::signal_to_noise_dB() const { return 10 * std::log10(mean_square / mean_square_error); }

double Deviation::largest_error_units() const {
  return std::ldexp(largest_error, static_cast<int>(fraction_bits));
}

void for_each_vector_pair(const Model& model, const Image& image, const Dataset& data, std::int64_t samples,
                          const std::function<void(const VectorPair&)>& look) {
  constexpr std::int64_t slice = 480;  // bounds the memory of the float activations
  const auto results = results_by_slot(image);
  samples = std::min(samples, data.size());
  for (std::int64_t first = 0; first < samples; first += slice) {
    const auto count = std::min(slice, samples - first);
    const auto given = data.samples.part(first, count);
    const auto reference = reference_vectors(model, given);
    std::map<std::string, std::size_t> seen;  // how often each name was computed for the current chunk
    std::size_t index = 0;
    const golden::Observer observer = [&](const golden::Step& step, std::int64_t chunk_first,
                                          std::int64_t chunk, const auto& state) {
      if (std::holds_alternative<Load>(step.instruction)) {
        seen.clear();
        index = 0;
      }
      const auto [begin, end] = results.equal_range(step.slot);
      for (auto found = begin; found != end; ++found) {
        const auto& result = found->second;
        const auto run = seen[result.name]++;
        const auto at =
            result.word ? *result.word * image.config.lanes : destination_of(step.instruction, image.config);
        look({.index = index++,
              .name = numbered(result, run),
              .slot = step.slot,
              .fraction_bits = result.fraction_bits,
              .first_sample = first + chunk_first,
              .samples = chunk,
              .reference = &reference.at(result.name).at(run),
              .first_column = chunk_first,
              .code = [&state, at](std::int64_t sample, std::int64_t element) {
                return state(sample, at + element);
              }});
      }
    };
    golden::run_batch(image, count, input_filler(image, given), {.observer = observer});
  }
}

std::vector<Deviation> deviations(const Model& model, const Image& image, const Dataset& data,
                                  std::int64_t samples) {
  std::vector<Deviation> all;
  for_each_vector_pair(model, image, data, samples, [&](const VectorPair& pair) {
    if (pair.index == all.size())
      all.push_back({.name = pair.name, .slot = pair.slot, .fraction_bits = pair.fraction_bits});
    accumulate(all[pair.index], pair);
  });
  for (auto& deviation : all) {
    deviation.mean_square_error /= static_cast<double>(deviation.elements);
    deviation.mean_square /= static_cast<double>(deviation.elements);
  }
  return all;
}

}  // namespace stoic
