#include "stoic/sim/platform/platform.hpp"

#include <fmt/format.h>

#include <cmath>
#include <exception>
#include <fstream>
#include <memory>
#include <utility>

#include "stoic/sim/device/trace_file.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/platform/board.hpp"
#include "stoic/sim/platform/instruction_trace.hpp"

namespace stoic::platform {
namespace {

constexpr std::int64_t rtl_quantum = 100000;  ///< cycles that the RTL may run when nothing else is due

std::vector<Memory> make_memories() {
  std::vector<Memory> result;
  for (const auto& region : memory_regions) result.emplace_back(region);
  return result;
}

std::int64_t cycles_in(double seconds) {
  return std::llround(seconds * static_cast<double>(STOIC_PLATFORM_CLOCK_HZ));
}

CpuOptions cpu_options(const RunOptions& options) {
  return {options.timing, options.cpi, options.quantum, cycles_in(options.timeout_s),
          cycles_in(options.silence_s)};
}

}  // namespace

Board::Board(const sc_core::sc_module_name& name, const RunOptions& options, int gdb_listener)
    : sc_core::sc_module(name),
      options_(options),
      elf_(parse_elf(options.elf, options.elf_name)),
      memories_(make_memories()),
      cpu_("cpu", memories_, cpu_options(options)),
      bus_("bus", memories_),
      dma_("dma", options.config),
      uart_("uart"),
      timer_("timer"),
      interrupts_("interrupts"),
      exit_("exit"),
      host_("host"),
      samples_("samples", options.samples) {
  load();
  set_up_cpu();
  if (options.backend == "rtl")
    connect_rtl();
  else
    connect_systemc();
  connect_devices();
  if (options.timing.shared != 0) share_memories();
  set_up_traces();
  if (gdb_listener >= 0) set_up_debugger(gdb_listener);
  uart_.sink = [this](char c) {
    constexpr std::size_t long_line = 4096;
    line_ += c;
    if (c == '\n' || line_.size() >= long_line) flush_line();
  };
  dma_.on_output = [this](const std::vector<std::int32_t>& words) { outputs_.push_back(words); };
  bus_.on_accelerator_read = [this](std::uint64_t offset) {
    if (offset == STOIC_REG_CYCLES_LOW) counted_cycles_.push_back(accelerator().cycles);
  };
}

Board::~Board() {
  if (waveform_ != nullptr) sc_core::sc_close_vcd_trace_file(waveform_);
}

void Board::load() {
  for (const auto& segment : elf_.segments)
    place(memories_, segment.address, segment.bytes.data(), segment.bytes.size(), options_.elf_name);
  if (!options_.model.empty())
    place(memories_, STOIC_MODEL_BASE, options_.model.data(), options_.model.size(), "the exported image");
  if (!options_.blob.empty())
    place(memories_, STOIC_BLOB_BASE, options_.blob.data(), options_.blob.size(), "the data of one's own");
  host_.blob_bytes = static_cast<std::uint32_t>(options_.blob.size());
  uart_.input = options_.uart_input;
  cpu_.hart().set_pc(elf_.entry);
}

void Board::set_up_cpu() {
  cpu_.stop = options_.trace.stop;
  cpu_.place = [this](std::uint32_t address) { return where(address); };
  cpu_.caller = [this] { return caller(); };
  cpu_.sources = [this] { return sources(); };
  cpu_.progress_of_others = [this] { return progress(); };
  cpu_.timer_runs = [this] { return timer_.is_set(); };
  cpu_.input_comes = [this] { return uart_.has_input(); };
  cpu_.timer_lag = [this] { return timer_.lag(); };
  cpu_.inputs_taken = [this] { return uart_.taken(); };
  if (options_.bus_trace.empty() && options_.platform_waveform.empty())  // these see every access on the bus
    cpu_.quick_load = [this](std::uint32_t address, std::int64_t cycle) -> std::optional<std::uint32_t> {
      if (address < STOIC_TIMER_BASE || address >= STOIC_TIMER_BASE + STOIC_TIMER_SIZE) return std::nullopt;
      const auto value = timer_.read_at(address - STOIC_TIMER_BASE, cycle);
      if (value) ++bus_.accesses;
      return value;
    };
  cpu_.hart().guard_stack(elf_.stack_low, elf_.stack_high);
  bus_.on_memory_write = [this](std::uint32_t address, std::size_t size) {
    cpu_.hart().forget(address, size);
  };
  cpu_.on_exception = [this](std::uint32_t cause, std::uint32_t value) {
    // In a trap loop the first is the one that matters.
    if (++exceptions_ > 1 && cpu_.hart().fruitless_exceptions() > 0) return;
    last_exception_ = fmt::format(
        "last exception that was not the same again: mcause {}, mtval {:#010x}, in {}, ra is {}; registers "
        "then:\n{}",
        cause, value, where(cpu_.hart().pc()), caller(), cpu_.hart().dump());
  };
}

template <class Module>
void Board::connect(Module& module) {
  bus_.ports[0].bind(module.bus);
  dma_.input.bind(module.input);
  dma_.weights.bind(module.weights);
  module.output.bind(dma_.output);
  module.interrupt.bind(accelerator_line_);
  dma_.reset_accelerator = [&module] { module.reset(); };
}

void Board::connect_systemc() {
  cycle_model_ = std::make_unique<systemc::Accelerator>("accelerator", options_.config, clock_period());
  connect(*cycle_model_);
}

void Board::connect_rtl() {
  rtl_ = std::make_unique<rtl::RtlAccelerator>("accelerator", make_rtl_pins(options_.trace), clock_period(),
                                               rtl_quantum);
  rtl_->stop = options_.trace.stop;
  connect(*rtl_);
}

void Board::connect_devices() {
  cpu_.bus.bind(bus_.cpu);
  dma_.memory.bind(bus_.dma);
  dma_.loader.registers.bind(bus_.loader);
  RegisterDevice* const order[] = {&dma_, &uart_, &timer_, &interrupts_, &exit_, &host_, &samples_};
  static_assert(std::size(order) + 1 == std::size(device_regions));
  for (std::size_t d = 0; d < std::size(order); ++d) bus_.ports[d + 1].bind(order[d]->socket);
  dma_.interrupt.bind(dma_line_);
  timer_.pending.bind(timer_line_);
  interrupts_.sources[STOIC_INTERRUPT_ACCELERATOR].bind(accelerator_line_);
  interrupts_.sources[STOIC_INTERRUPT_DMA].bind(dma_line_);
  uart_.interrupt.bind(uart_line_);
  interrupts_.sources[STOIC_INTERRUPT_UART].bind(uart_line_);
  samples_.interrupt.bind(samples_line_);
  samples_.store = [this](std::uint32_t address, std::string_view data) {
    return dma_.write_memory(address, data);
  };
  interrupts_.sources[STOIC_INTERRUPT_SAMPLES].bind(samples_line_);
  interrupts_.interrupt.bind(external_line_);
  cpu_.external_interrupt.bind(external_line_);
  cpu_.timer_interrupt.bind(timer_line_);
}

void Board::share_memories() {
  dma_.share(&ports_);
  cpu_.dma_works = [this] { return dma_.works(); };
  cpu_.memory_taken = [this](std::uint32_t address) {
    if (rtl_)
      rtl_->synchronise();
    else
      cycle_model_->synchronise();
    dma_.note_beats();
    return ports_.taken(address, current_cycle());
  };
}

void Board::set_up_traces() {
  if (!options_.bus_trace.empty()) {
    bus_trace_ =
        std::make_unique<BusTrace>(options_.bus_trace, options_.trace.first_cycle, options_.trace.last_cycle);
    bus_.trace = dma_.trace = bus_trace_.get();
  }
  if (!options_.instruction_trace.empty()) {
    instruction_trace_ = std::make_unique<InstructionTrace>(
        options_.instruction_trace, disassemble_elf(options_.elf_name), elf_, cpu_.hart(),
        options_.trace.first_cycle, options_.trace.last_cycle);
    observers_.add(instruction_trace_.get());
  }
  if (!options_.profile.empty()) {
    profile_ =
        std::make_unique<Profile>(elf_, cpu_.hart(), options_.trace.first_cycle, options_.trace.last_cycle);
    observers_.add(profile_.get());
  }
  if (!options_.coverage.empty()) {
    coverage_ = std::make_unique<LineCoverage>(source_lines_of_elf(options_.elf_name), elf_,
                                               options_.trace.first_cycle, options_.trace.last_cycle);
    observers_.add(coverage_.get());
  }
  if (!options_.platform_waveform.empty()) {
    platform_waveform_ = std::make_unique<PlatformWaveform>(
        "waveform", options_.platform_waveform, options_.trace,
        InterruptLines{accelerator_line_, dma_line_, uart_line_, samples_line_, timer_line_, external_line_});
    bus_.waveform = dma_.waveform = dma_.loader.waveform = platform_waveform_.get();
    observers_.add(platform_waveform_.get());
  }
  if (!observers_.empty()) cpu_.observe(&observers_);
  const auto& path = options_.trace.path;
  if (path.empty() || !cycle_model_) return;
  if (!path.ends_with(".vcd"))
    throw Error(fmt::format(
        "{}: SystemC writes waveforms as .vcd only; give such a name, or trace the rtl backend", path));
  if (!std::ofstream(path)) throw Error(fmt::format("{}: cannot be written; check the folder", path));
  waveform_ = sc_core::sc_create_vcd_trace_file(path.substr(0, path.size() - 4).c_str());
  waveform_->set_time_unit(1, sc_core::SC_NS);
  cycle_model_->trace(waveform_, options_.trace.first_cycle, options_.trace.last_cycle);
}

std::int64_t Board::last_cycle() const {
  // The rest of the simulation is behind by what the CPU ran ahead.
  return cpu_.lockup().empty() ? current_cycle() : std::max(cpu_.hart().cycle(), current_cycle());
}

void Board::finish_accelerator_trace() {
  if (rtl_) rtl_->finish_trace();
  if (waveform_ == nullptr) return;
  sc_core::sc_close_vcd_trace_file(std::exchange(waveform_, nullptr));
  finish_vcd(options_.trace.path,
             std::llround(sc_core::sc_time_stamp() / sc_core::sc_time(1, sc_core::SC_NS)));
}

/// All of them are looked at before the run counts: a cut one would mislead, so that each one is finished or removed,
/// whatever became of the others. Throws what the first one threw.
void Board::finish_traces() {
  std::exception_ptr first;
  const auto attempt = [&](const auto& finish) {
    try {
      finish();
    } catch (const Error&) {
      if (!first) first = std::current_exception();
    }
  };
  attempt([&] { finish_accelerator_trace(); });
  if (platform_waveform_) attempt([&] { platform_waveform_->finish(); });
  if (bus_trace_) attempt([&] { bus_trace_->finish(); });
  if (instruction_trace_) attempt([&] { instruction_trace_->finish(); });
  if (first) std::rethrow_exception(first);
  if (coverage_) write_file_atomically(options_.coverage, coverage_->lcov());
  if (!profile_) return;
  profile_->finish(last_cycle());
  TraceLines file(options_.profile);
  file.add(profile_->folded());
  file.finish();
}

void Board::flush_line() {
  uart_text_ += line_;
  if (options_.uart && !line_.empty()) options_.uart(line_);
  line_.clear();
}

Device::Debug Board::accelerator() {
  if (rtl_) return rtl_->debug();
  auto& model = cycle_model_->model();
  return {model.engine().busy(),
          model.engine().program_counter(),
          model.engine().cycles(model.now()),
          model.engine().mac_cycles(model.now()),
          {}};
}

/// The time of the core, by the shares that the parts have of the time of the wall. Those that are measured by samples may
/// come to more than all of it by chance.
void Board::share_time(RunResult& result, double wall) const {
  const double cpu = cpu_.seconds(),
               bus = std::max(cpu_.access_seconds() - bus_.accelerator_seconds.total(), 0.0);
  const double whole = std::max({wall, cpu + bus, 1e-9});
  result.cpu_seconds = result.seconds * cpu / whole;
  result.bus_seconds = result.seconds * bus / whole;
  result.accelerator_seconds = std::max(result.seconds - result.cpu_seconds - result.bus_seconds, 0.0);
}

RunResult Board::run(const std::function<void()>& closing) {
  if (gdb_) gdb_->begin(options_.trace.stop);
  const auto begin = core_seconds(), wall_begin = wall_seconds();
  sc_core::sc_start(sc_core::sc_time(options_.timeout_s, sc_core::SC_SEC), sc_core::SC_EXIT_ON_STARVATION);
  RunResult result;
  result.seconds = core_seconds() - begin;
  const double wall = wall_seconds() - wall_begin;
  if (gdb_) end_debugger();
  closing();
  finish_traces();
  flush_line();
  result.ending = ending();
  result.exit_code = exit_.code ? std::int64_t{*exit_.code} : -1;
  if (result.exit_code != 0) result.diagnosis = diagnosis(result.ending);
  result.uart = uart_text_;
  if (profile_) result.profile = profile_->lines();
  if (coverage_) {
    result.lines = coverage_->lines();
    result.lines_run = coverage_->lines_run();
  }
  result.outputs = outputs_;
  result.pushed.assign(samples_.written().begin(), samples_.written().end());
  result.counted_cycles = counted_cycles_;
  result.cycles = last_cycle();
  result.instructions = cpu_.hart().instructions();
  result.accesses = bus_.accesses;
  result.exceptions = exceptions_;
  result.interrupts = cpu_.hart().interrupts();
  if (elf_.stack_high != 0) result.stack_bytes = elf_.stack_high - cpu_.hart().lowest_stack();
  share_time(result, wall);
  return result;
}

}  // namespace stoic::platform
