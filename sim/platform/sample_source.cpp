#include "stoic/sim/platform/sample_source.hpp"

#include <algorithm>

namespace stoic::platform {

SampleSource::SampleSource(const sc_core::sc_module_name& name, const PushedSamples& samples)
    : RegisterDevice(name), samples_(samples), period_(samples.period) {
  SC_METHOD(come);
  sensitive << due_;
  dont_initialize();
  SC_METHOD(update);
  sensitive << changes_;
}

std::uint32_t SampleSource::count() const {
  return samples_.bytes == 0 ? 0 : static_cast<std::uint32_t>(samples_.data.size() / samples_.bytes);
}

std::uint32_t SampleSource::status() const {
  const bool waiting = written_.size() != taken_;
  return (waiting ? STOIC_SAMPLES_STATUS_WAITING : 0u) |
         (!waiting && came_ == count() ? STOIC_SAMPLES_STATUS_END : 0u) |
         (failed_ ? STOIC_SAMPLES_STATUS_ERROR : 0u);
}

std::optional<std::uint32_t> SampleSource::read(std::uint32_t offset) {
  switch (offset) {
    case STOIC_SAMPLES_REG_STATUS:
      return status();
    case STOIC_SAMPLES_REG_BASE:
      return base_;
    case STOIC_SAMPLES_REG_SLOTS:
      return slots_;
    case STOIC_SAMPLES_REG_PERIOD:
      return period_;
    case STOIC_SAMPLES_REG_BYTES:
      return samples_.bytes;
    case STOIC_SAMPLES_REG_COUNT:
      return count();
    case STOIC_SAMPLES_REG_WRITTEN:
      return static_cast<std::uint32_t>(written_.size());
    case STOIC_SAMPLES_REG_TAKEN:
      return taken_;
    case STOIC_SAMPLES_REG_NUMBER:
      return taken_ < written_.size() ? written_[taken_] : 0;
    case STOIC_SAMPLES_REG_OVERRUNS:
      return overruns_;
    case STOIC_SAMPLES_REG_IRQ_ENABLE:
      return enable_;
  }
  return std::nullopt;
}

bool SampleSource::write(std::uint32_t offset, std::uint32_t value) {
  changes_.notify(clock_period());
  switch (offset) {
    case STOIC_SAMPLES_REG_CONTROL:
      start((value & 1) != 0);
      return true;
    case STOIC_SAMPLES_REG_BASE:
      base_ = value;
      return true;
    case STOIC_SAMPLES_REG_SLOTS:
      slots_ = std::max(value, 1u);
      return true;
    case STOIC_SAMPLES_REG_PERIOD:
      period_ = std::max(value, 1u);
      return true;
    case STOIC_SAMPLES_REG_TAKEN:
      if (value < taken_ || value > written_.size()) return false;
      taken_ = value;
      return true;
    case STOIC_SAMPLES_REG_IRQ_ENABLE:
      enable_ = value;
      return true;
  }
  return false;
}

void SampleSource::start(bool on) {
  runs_ = on && count() > 0;
  due_.cancel();
  if (!on) return;
  written_.clear();
  taken_ = overruns_ = came_ = 0;
  failed_ = false;
  if (runs_) due_.notify(cycles(period_));
}

/// The next sample is there.
void SampleSource::come() {
  if (written_.size() - taken_ < slots_)
    put();
  else
    ++overruns_;
  runs_ = !failed_ && ++came_ < count();
  if (runs_) due_.notify(cycles(period_));
  changes_.notify(clock_period());
}

void SampleSource::put() {
  const auto slot = static_cast<std::uint32_t>(written_.size() % slots_);
  const auto address = std::uint64_t{base_} + std::uint64_t{slot} * samples_.bytes;
  const std::string_view sample(samples_.data.data() + std::size_t{came_} * samples_.bytes, samples_.bytes);
  failed_ = base_ % 4 != 0 || address + sample.size() > std::uint64_t{1} << 32 ||
            !store(static_cast<std::uint32_t>(address), sample);
  if (!failed_) written_.push_back(came_);
}

void SampleSource::update() { interrupt.write((status() & enable_) != 0); }

}  // namespace stoic::platform
