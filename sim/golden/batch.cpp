#include "stoic/sim/golden/batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>

#include "stoic/sim/golden/threads.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::golden {
namespace {

/// Samples that share one Lockstep: their states and one weight matrix stay in the second-level cache
/// together.
constexpr std::int64_t chunk_samples = 48;

/// What all chunks share: the unrolled program with its matrices prepared once.
struct Program {
  const Image& image;
  Schedule schedule;
  using Matrix = std::shared_ptr<const WeightMatrix>;
  std::vector<Matrix> local;                                         ///< by index into schedule.steps
  std::map<std::pair<std::int64_t, std::int64_t>, Matrix> streamed;  ///< by (step, entry's first beat)
  std::vector<std::int32_t> tables;                                  ///< the whole table memory
  std::int64_t inputs = 0;
  std::int64_t outputs = 0;
};

std::span<const std::int32_t> beats(const std::vector<std::int32_t>& weights, std::int64_t first,
                                    std::int64_t count, std::int64_t lanes) {
  return {weights.data() + first * lanes, static_cast<std::size_t>(count * lanes)};
}

[[noreturn]] void refuse(std::int64_t slot, const std::string& what) {
  throw Error(fmt::format("program word {}: {}", slot, what));
}

/// Prepares matrices, each once however many instructions multiply with it.
class Matrices {
 public:
  explicit Matrices(const Image& image) : image_(image) {
    memory_ = image.weights;
    memory_.resize(static_cast<std::size_t>(image.config.weight_words * image.config.lanes));
  }

  Program::Matrix prepare(const Matvec& matvec, std::int64_t first, std::int64_t slot) {
    const auto& config = image_.config;
    auto& matrix = matrices_[{matvec.stream, first, matvec.rows, matvec.columns}];
    if (matrix) return matrix;
    const auto count = config.beats(matvec.rows) * matvec.columns;
    prepared_ += count * config.lanes;
    // Places that overlap would make any amount of weights out of few.
    if (prepared_ > 8 * std::ssize(image_.weights) + 8 * std::ssize(image_.stream_weights) + few_weights)
      refuse(slot, "the matrices of the program overlap, and have many times the weights of the image");
    matrix = std::make_shared<WeightMatrix>(
        beats(matvec.stream == 0 ? memory_ : image_.stream_weights, first, count, config.lanes), matvec.rows,
        matvec.columns, config);
    return matrix;
  }

 private:
  static constexpr std::int64_t few_weights = std::int64_t{1} << 24;
  const Image& image_;
  std::vector<std::int32_t> memory_;
  std::map<std::array<std::int64_t, 4>, Program::Matrix> matrices_;
  std::int64_t prepared_ = 0;
};

/// Checks the streams against the program and prepares its matrices.
Program prepare(const Image& image) {
  const auto& config = image.config;
  Program program{image, schedule(image.program, config), {}, {}, image.tables, 0, 0};
  program.tables.resize(static_cast<std::size_t>(config.table_words));
  program.local.resize(program.schedule.steps.size());
  std::size_t loads = 0, stores = 0, streams = 0;
  Matrices matrices(image);
  for (const auto index : program.schedule.order) {
    const auto& step = program.schedule.steps[index];
    if (const auto* load = std::get_if<Load>(&step.instruction)) {
      if (loads == image.input_lengths.size() || image.input_lengths[loads] != load->length)
        refuse(step.slot,
               fmt::format("LOAD number {} does not match the image's list of input vectors", loads));
      program.inputs += image.input_lengths[loads++];
    } else if (const auto* store = std::get_if<Store>(&step.instruction)) {
      if (stores == image.output_lengths.size() || image.output_lengths[stores] != store->length)
        refuse(step.slot,
               fmt::format("STORE number {} does not match the image's list of output vectors", stores));
      program.outputs += image.output_lengths[stores++];
    } else if (const auto* matvec = std::get_if<Matvec>(&step.instruction)) {
      const auto count = config.beats(matvec->rows) * matvec->columns;
      if (matvec->stream == 0) {
        if (!program.local[index])
          program.local[index] = matrices.prepare(*matvec, matvec->weights, step.slot);
      } else {
        if (streams == image.stream_schedule.size() || image.stream_schedule[streams].beats != count)
          refuse(step.slot,
                 fmt::format("streamed matrix number {} does not match the image's schedule", streams));
        const auto first = image.stream_schedule[streams++].first_beat;
        auto& matrix = program.streamed[{static_cast<std::int64_t>(index), first}];
        if (!matrix) matrix = matrices.prepare(*matvec, first, step.slot);
      }
    }
  }
  if (loads != image.input_lengths.size() || stores != image.output_lengths.size() ||
      streams != image.stream_schedule.size())
    throw Error("the image lists more stream vectors than its program moves; compile the model again");
  return program;
}

template <class T>
using Codes = std::vector<std::shared_ptr<const FunctionCodes<T>>>;

/// Evaluating every code once pays when there are more elements than codes.
template <class T>
Codes<T> function_codes(const Program& program, std::int64_t samples) {
  const auto& config = program.image.config;
  const auto& steps = program.schedule.steps;
  constexpr std::size_t most_functions = 256;
  Codes<T> codes(steps.size());
  std::vector<std::size_t> different;  // steps with a function of their own
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto* function = std::get_if<Function>(&steps[i].instruction);
    if (function == nullptr || config.state_width > 16 || samples * function->length < 2 * config.state_max())
      continue;
    for (const auto earlier : different)
      if (steps[earlier].instruction == steps[i].instruction) codes[i] = codes[earlier];
    if (codes[i] || different.size() == most_functions) continue;
    codes[i] = std::make_shared<FunctionCodes<T>>(*function, program.tables, config);
    different.push_back(i);
  }
  return codes;
}

template <class T>
class Chunk {
 public:
  /// `codes` holds, by index into schedule.steps, what FUNCTION gives for every code where that was worth it.
  Chunk(const Program& program, const Codes<T>& codes, std::int64_t samples)
      : program_(program), config_(program.image.config), codes_(codes), lockstep_(config_, samples) {
    by_step_.resize(program.schedule.steps.size());
  }

  void run(std::int64_t first, std::int64_t samples, const InputFiller& input, const Observer& observer,
           std::int32_t* outputs) {
    lockstep_.use(samples);
    reset();
    inputs_.resize(static_cast<std::size_t>(samples * program_.inputs));
    for (std::int64_t s = 0; s < samples; ++s) fill(first + s, s, input);
    input_at_ = 0;
    output_at_ = 0;
    stream_at_ = 0;
    for (const auto index : program_.schedule.order) {
      const auto& step = program_.schedule.steps[index];
      by_step_[index] += execute(index, step, samples, outputs);
      if (observer)
        observer(step, first, samples, [&](std::int64_t s, std::int64_t e) {
          return static_cast<std::int32_t>(*lockstep_.at(s, e));
        });
    }
  }

  const std::vector<Effect>& effects() const { return by_step_; }

 private:
  /// Every sample starts on a fresh accelerator: the initial state, zeros elsewhere.
  void reset() {
    const auto size = config_.state_words_per_lane * config_.lanes;
    for (std::int64_t s = 0; s < lockstep_.samples(); ++s) {
      std::fill_n(lockstep_.at(s, 0), size, T{0});
      for (const auto& block : program_.image.initial_state)
        std::transform(block.values.begin(), block.values.end(), lockstep_.at(s, block.word * config_.lanes),
                       [](std::int32_t value) { return static_cast<T>(value); });
    }
  }

  void fill(std::int64_t sample, std::int64_t s, const InputFiller& input) {
    const std::span<std::int32_t> codes(inputs_.data() + s * program_.inputs,
                                        static_cast<std::size_t>(program_.inputs));
    input(sample, codes);
    for (const auto code : codes)
      if (code < config_.state_min() || code > config_.state_max())
        throw Error(fmt::format("sample {}: input code {} is no state of {} bits", sample, code,
                                config_.state_width));
  }

  Effect execute(std::size_t index, const Step& step, std::int64_t samples, std::int32_t* outputs) {
    const auto lanes = config_.lanes;
    const auto& instruction = step.instruction;
    if (const auto* matvec = std::get_if<Matvec>(&instruction)) {
      if (matvec->stream == 0) return lockstep_.matvec(*matvec, *program_.local[index]);
      const auto first = program_.image.stream_schedule[stream_at_++].first_beat;
      return lockstep_.matvec(*matvec, *program_.streamed.at({static_cast<std::int64_t>(index), first}));
    }
    if (const auto* bundle = std::get_if<Bundle>(&instruction)) return lockstep_.bundle(*bundle);
    if (const auto* function = std::get_if<Function>(&instruction))
      return codes_[index] ? lockstep_.function(*function, *codes_[index])
                           : lockstep_.function(*function, program_.tables);
    if (const auto* normalise = std::get_if<Normalise>(&instruction))
      return lockstep_.normalise(*normalise, program_.tables);
    if (const auto* copy = std::get_if<Copy>(&instruction)) lockstep_.copy(*copy);
    if (const auto* rotate = std::get_if<Rotate>(&instruction)) lockstep_.rotate(*rotate);
    if (const auto* load = std::get_if<Load>(&instruction)) {
      for (std::int64_t s = 0; s < samples; ++s) {
        const auto* from = inputs_.data() + s * program_.inputs + input_at_;
        std::transform(from, from + load->length, lockstep_.at(s, load->destination * lanes),
                       [](std::int32_t code) { return static_cast<T>(code); });
      }
      input_at_ += load->length;
    }
    if (const auto* store = std::get_if<Store>(&instruction)) {
      for (std::int64_t s = 0; s < samples; ++s)
        std::copy_n(lockstep_.at(s, store->source * lanes), store->length,
                    outputs + s * program_.outputs + output_at_);
      output_at_ += store->length;
    }
    return {};
  }

  const Program& program_;
  const HardwareConfig& config_;
  const Codes<T>& codes_;
  Lockstep<T> lockstep_;
  std::vector<std::int32_t> inputs_;
  std::vector<Effect> by_step_;
  std::int64_t input_at_ = 0;
  std::int64_t output_at_ = 0;
  std::size_t stream_at_ = 0;
};

/// Runs all chunks; returns the effects by step, summed over the samples.
template <class T>
std::vector<Effect> run_chunks(const Program& program, std::int64_t samples, const InputFiller& input,
                               const BatchOptions& options, std::vector<std::int32_t>& outputs) {
  std::vector<Effect> total(program.schedule.steps.size());
  const auto size = std::min(chunk_samples, samples);
  const auto chunks = (samples + chunk_samples - 1) / chunk_samples;
  const auto codes = function_codes<T>(program, samples);
  std::mutex mutex;  // of `done`, `total` and the callback
  std::int64_t done = 0;
  std::atomic<std::int64_t> next = 0;
  in_threads(options.observer ? 1 : options.threads, [&] {
    Chunk<T> chunk(program, codes, size);
    for (std::int64_t c; (c = next++) < chunks;) {
      const auto first = c * chunk_samples;
      const auto count = std::min(chunk_samples, samples - first);
      chunk.run(first, count, input, options.observer, outputs.data() + first * program.outputs);
      const std::lock_guard lock(mutex);
      done += count;
      if (options.progress) options.progress(done);
    }
    const std::lock_guard lock(mutex);
    std::transform(total.begin(), total.end(), chunk.effects().begin(), total.begin(),
                   [](Effect a, const Effect& b) { return a += b; });
  });
  return total;
}

}  // namespace

BatchResult run_batch(const Image& image, std::int64_t samples, const InputFiller& input,
                      const BatchOptions& options) {
  const auto program = prepare(image);
  BatchResult result;
  result.outputs_per_sample = program.outputs;
  result.outputs.resize(static_cast<std::size_t>(samples * program.outputs));
  const auto effects = image.config.state_width <= 16
                           ? run_chunks<std::int16_t>(program, samples, input, options, result.outputs)
                           : run_chunks<std::int32_t>(program, samples, input, options, result.outputs);
  auto& counters = result.counters;
  counters.cycles = program.schedule.cycles;
  counters.mac_cycles = program.schedule.mac_cycles;
  counters.saturations_by_slot.assign(static_cast<std::size_t>(image.config.program_words), 0);
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const auto slot = program.schedule.steps[i].slot;
    counters.saturations += effects[i].saturations;
    counters.overflows += effects[i].overflows;
    counters.saturations_by_slot[static_cast<std::size_t>(slot)] = effects[i].saturations;
    // Steps are listed as they first run, so the first that saturated is the first in time.
    if (effects[i].saturations > 0 && counters.first_saturated < 0) counters.first_saturated = slot;
    if (effects[i].overflows > 0 && counters.first_overflowed < 0) counters.first_overflowed = slot;
  }
  return result;
}

}  // namespace stoic::golden
