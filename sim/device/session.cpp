#include "stoic/sim/device/session.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/sim/device/carried_elements.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/stopwatch.hpp"

namespace stoic {
namespace {

std::uint32_t read(Device& device, std::uint32_t offset) {
  const auto access = device.read(offset);
  if (access.error)
    throw Error(fmt::format("{}: the read of register 0x{:02x} answers SLVERR", device.name(), offset));
  return access.value;
}

std::int64_t read_wide(Device& device, std::uint32_t low) {
  const std::uint64_t bits = read(device, low);
  return static_cast<std::int64_t>(bits | static_cast<std::uint64_t>(read(device, low + 4)) << 32);
}

void write(Device& device, std::uint32_t offset, std::int64_t value) {
  if (device.write(offset, static_cast<std::uint32_t>(value)).error)
    throw Error(fmt::format("{}: the write of register 0x{:02x} answers SLVERR; is the engine busy?",
                            device.name(), offset));
}

void require_register(Device& device, std::uint32_t offset, const char* name, std::uint32_t expected,
                      const std::string& where) {
  const auto got = read(device, offset);
  if (got != expected)
    throw Error(fmt::format("{}: the {} device has {} 0x{:08x}, not 0x{:08x}; compile for its instance",
                            where, device.name(), name, got, expected));
}

/// All of the state memory as a sample begins.
std::vector<std::int32_t> initial_state(const Image& image) {
  const auto& config = image.config;
  std::vector<std::int32_t> state(static_cast<std::size_t>(config.state_words_per_lane * config.lanes), 0);
  for (const auto& block : image.initial_state)
    std::copy(block.values.begin(), block.values.end(), state.begin() + block.word * config.lanes);
  return state;
}

}  // namespace

void load_image(Device& device, const Image& image, const std::string& where) {
  require_config(image, device.config(), where);
  require_register(device, STOIC_REG_ID, "ID", STOIC_ID, where);
  require_register(device, STOIC_REG_INTERFACE_VERSION, "INTERFACE_VERSION", STOIC_INTERFACE_VERSION, where);
  require_register(device, STOIC_REG_CONFIG_HASH, "CONFIG_HASH", config_hash(image.config), where);
  std::vector<std::int32_t> halves;
  for (const auto word : image.program) {
    halves.push_back(static_cast<std::int32_t>(word));
    halves.push_back(static_cast<std::int32_t>(word >> 32));
  }
  device.write_memory(STOIC_MEMORY_PROGRAM, 0, halves);
  device.write_memory(STOIC_MEMORY_WEIGHTS, 0, image.weights);
  device.write_memory(STOIC_MEMORY_TABLES, 0, image.tables);
  device.write_memory(STOIC_MEMORY_STATE, 0, initial_state(image));
}

std::int64_t SessionResult::unexplained_cycles() const {
  std::int64_t sum = 0;
  for (const auto& start : starts)
    sum += std::abs(start.cycles - start.stalls.sum() - start.predicted_cycles);
  return sum;
}

double SessionResult::cycles_of_one() const {
  std::int64_t busy = 0, samples = 0;
  for (const auto& start : starts) {
    busy += start.cycles - start.stalls.sum() - golden::start_and_done_cycles;
    samples += start.samples;
  }
  return static_cast<double>(busy) / static_cast<double>(std::max<std::int64_t>(samples, 1)) +
         static_cast<double>(golden::start_and_done_cycles);
}

namespace {

class Session {
 public:
  Session(Device& device, const Image& image, const golden::InputFiller& input, const SessionOptions& options)
      : device_(device),
        image_(image),
        input_(input),
        options_(options),
        schedule_(golden::schedule(image.program, image.config)),
        state_(initial_state(image)),
        carried_(carried_elements(image)) {
    const auto& lanes = image.config.lanes;
    for (const auto length : image.input_lengths) inputs_ += length;
    for (const auto& matrix : image.stream_schedule) {
      const auto first = image.stream_weights.begin() + matrix.first_beat * lanes;
      matrices_.push_back({{first, first + matrix.beats * lanes}, true});
      matrix_codes_ += matrix.beats * lanes;
    }
    for (const auto length : image.output_lengths) result_.outputs_per_sample += length;
    result_.saturations_by_slot.assign(image.program.size(), 0);
  }

  SessionResult run(std::int64_t samples) {
    const Stopwatch watch;
    const auto first_cycle = device_.cycle();
    set_registers();
    const auto most = samples_per_start();
    for (std::int64_t first = 0; first < samples; first += most) {
      if (!options_.keep_state) restore();
      run_start(first, std::min(most, samples - first));
      if (options_.progress) options_.progress(std::min(first + most, samples));
    }
    result_.device_cycles = device_.cycle() - first_cycle;
    result_.host_seconds = watch.seconds();
    return std::move(result_);
  }

 private:
  std::int64_t samples_per_start() const {
    constexpr std::int64_t most_samples = 64;
    constexpr std::int64_t most_codes = std::int64_t{1} << 22;
    if (!carried_.empty() && !options_.keep_state) return 1;
    if (options_.samples_per_start > 0) return options_.samples_per_start;
    return std::clamp<std::int64_t>(most_codes / std::max<std::int64_t>(inputs_ + matrix_codes_, 1), 1,
                                    most_samples);
  }

  void set_registers() {
    device_.set_stalls(options_.stalls);
    device_.take_output();
    write(device_, STOIC_REG_PROGRAM_START, 0);
    write(device_, STOIC_REG_CYCLE_LIMIT, 0);
    write(device_, STOIC_REG_STREAM_TIMEOUT, options_.stream_timeout);
    write(device_, STOIC_REG_IRQ_ENABLE, 1 << STOIC_IRQ_ENABLE_DONE_LSB | 1 << STOIC_IRQ_ENABLE_FAULT_LSB);
  }

  /// Gives the elements that a sample carries over their initial values, each run of neighbours in one go.
  void restore() {
    for (std::size_t i = 0; i < carried_.size();) {
      auto end = i + 1;
      while (end < carried_.size() && carried_[end] == carried_[end - 1] + 1) ++end;
      const auto first = static_cast<std::size_t>(carried_[i]);
      device_.write_memory(STOIC_MEMORY_STATE, carried_[i], std::span(state_).subspan(first, end - i));
      i = end;
    }
  }

  std::vector<Packet> input_packets(std::int64_t first, std::int64_t samples) const {
    const auto& config = image_.config;
    std::vector<Packet> packets;
    std::vector<std::int32_t> codes(static_cast<std::size_t>(inputs_));
    for (auto sample = first; sample < first + samples; ++sample) {
      input_(sample, codes);
      auto from = codes.begin();
      for (const auto length : image_.input_lengths) {
        Packet packet{{from, from + length}, true};
        packet.beats.resize(static_cast<std::size_t>(config.beats(length) * config.lanes), 0);
        packets.push_back(std::move(packet));
        from += length;
      }
    }
    return packets;
  }

  void run_start(std::int64_t first, std::int64_t samples) {
    const auto cycles_of_sample = schedule_.cycles - golden::start_and_done_cycles;
    StartRecord record{.samples = samples, .first_cycle = device_.cycle()};
    record.predicted_cycles = golden::start_and_done_cycles + samples * cycles_of_sample;
    device_.send(Stream::input, input_packets(first, samples));
    if (!matrices_.empty()) device_.send(Stream::weights, matrices_, samples);
    write(device_, STOIC_REG_SAMPLES, samples);
    write(device_, STOIC_REG_CONTROL, 1 << STOIC_CONTROL_START_LSB);
    const auto limit = patience(record.predicted_cycles);
    if (!wait(limit))
      throw Error(fmt::format(
          "samples {} to {}: the {} device gave no interrupt within {} cycles; this is a fault of "
          "the model of the accelerator",
          first, first + samples - 1, device_.name(), limit));
    record.last_cycle = device_.cycle();
    require_done(first);
    record.cycles = read_wide(device_, STOIC_REG_CYCLES_LOW);
    record.stalls = {read(device_, STOIC_REG_STALL_INPUT), read(device_, STOIC_REG_STALL_WEIGHTS),
                     read(device_, STOIC_REG_STALL_OUTPUT)};
    add_counters(record);
    take_outputs(first, samples);
    write(device_, STOIC_REG_IRQ_STATUS, 1 << STOIC_IRQ_STATUS_DONE_LSB);
  }

  /// Returns whether the interrupt came within `limit` cycles.
  bool wait(std::int64_t limit) {
    constexpr std::int64_t part = 1 << 13;
    if (options_.stop == nullptr) return device_.run_until_interrupt(limit);
    for (; limit > 0; limit -= part) {
      if (device_.run_until_interrupt(std::min(limit, part))) return true;
      if (*options_.stop) throw StoppedError("stopped");
    }
    return false;
  }

  /// Cycles to wait for the interrupt: the prediction, stretched as far as the stalls can stretch it.
  std::int64_t patience(std::int64_t predicted) const {
    const auto& s = options_.stalls;
    const double closed = std::clamp(std::max({s.input, s.weights, s.output}), 0.0, 0.999);
    return static_cast<std::int64_t>(static_cast<double>(predicted) * (4 + 4 / (1 - closed))) +
           2 * options_.stream_timeout + 1000000;
  }

  void require_done(std::int64_t first) {
    const auto status = read(device_, STOIC_REG_STATUS);
    if (((status >> STOIC_STATUS_DONE_LSB) & 1) != 0) return;
    const auto code = (status >> STOIC_STATUS_CODE_LSB) & ((1u << STOIC_STATUS_CODE_WIDTH) - 1);
    const auto slot = static_cast<std::int64_t>(read(device_, STOIC_REG_PROGRAM_COUNTER));
    const auto sample = first + static_cast<std::int64_t>(read(device_, STOIC_REG_SAMPLES_DONE));
    std::string symbol;
    for (const auto& named : image_.slots)
      if (named.slot == slot) symbol = " (" + named.text + ")";
    const auto known = code < std::size(status_codes);
    throw Error(fmt::format("sample {}: the engine stopped at program word {}{} with {}: {}", sample, slot,
                            symbol, known ? status_codes[code].name : fmt::format("code {}", code),
                            known ? status_codes[code].meaning : "no known status code"));
  }

  void add_counters(const StartRecord& record) {
    result_.cycles += record.cycles;
    result_.mac_cycles += read_wide(device_, STOIC_REG_MAC_CYCLES_LOW);
    result_.stalls.input += record.stalls.input;
    result_.stalls.weights += record.stalls.weights;
    result_.stalls.output += record.stalls.output;
    const auto saturations = read(device_, STOIC_REG_SATURATIONS);
    result_.saturations += saturations;
    if (saturations > 0) {
      const auto counts =
          device_.read_memory(STOIC_MEMORY_SATURATIONS, 0, static_cast<std::int64_t>(image_.program.size()));
      for (std::size_t slot = 0; slot < counts.size(); ++slot)
        result_.saturations_by_slot[slot] += counts[slot];
    }
    result_.starts.push_back(record);
  }

  void take_outputs(std::int64_t first, std::int64_t samples) {
    const auto& config = image_.config;
    const auto output = device_.take_output();
    std::size_t beat = 0;
    for (std::int64_t sample = 0; sample < samples; ++sample)
      for (const auto length : image_.output_lengths) {
        const auto beats = static_cast<std::size_t>(config.beats(length));
        // TLAST on the last beat and on no other.
        const auto last =
            std::find(output.last.begin() + static_cast<std::ptrdiff_t>(std::min(beat, output.last.size())),
                      output.last.end(), 1);
        if (last - output.last.begin() != static_cast<std::ptrdiff_t>(beat + beats) - 1)
          throw Error(fmt::format("sample {}: the {} device sends a vector that does not end after {} beats",
                                  first + sample, device_.name(), beats));
        const auto from = output.beats.begin() + static_cast<std::ptrdiff_t>(beat) * config.lanes;
        result_.outputs.insert(result_.outputs.end(), from, from + length);
        beat += beats;
      }
    if (beat != output.last.size())
      throw Error(fmt::format("samples {} to {}: the {} device sent {} output beats, not {}", first,
                              first + samples - 1, device_.name(), output.last.size(), beat));
  }

  Device& device_;
  const Image& image_;
  const golden::InputFiller& input_;
  const SessionOptions& options_;
  golden::Schedule schedule_;
  std::vector<std::int32_t> state_;
  std::vector<std::int64_t> carried_;
  std::int64_t inputs_ = 0;        ///< codes of a sample
  std::int64_t matrix_codes_ = 0;  ///< the same, of its streamed matrices
  std::vector<Packet> matrices_;
  SessionResult result_;
};

}  // namespace

SessionResult run_samples(Device& device, const Image& image, std::int64_t samples,
                          const golden::InputFiller& input, const SessionOptions& options) {
  return Session(device, image, input, options).run(samples);
}

}  // namespace stoic
