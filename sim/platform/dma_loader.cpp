#include "stoic/sim/platform/dma_loader.hpp"

#include <array>
#include <tlm>

#include "stoic/generated/stoic_platform.h"
#include "stoic/sim/platform/platform_waveform.hpp"

namespace stoic::platform {
namespace {

/// CRC-32 as zlib has it.
std::uint32_t crc_of(std::uint32_t crc, const std::vector<unsigned char>& data) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> entries{};
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      entries[i] = i;
      for (int b = 0; b < 8; ++b) entries[i] = entries[i] >> 1 ^ (0xedb88320u & (0u - (entries[i] & 1)));
    }
    return entries;
  }();
  crc = ~crc;
  for (const auto byte : data) crc = crc >> 8 ^ table[(crc ^ byte) & 0xff];
  return ~crc;
}

}  // namespace

DmaLoader::DmaLoader(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
  SC_METHOD(step);
  sensitive << next_;
  dont_initialize();
}

std::optional<std::uint32_t> DmaLoader::read(std::uint32_t offset) const {
  switch (offset) {
    case STOIC_DMA_REG_LOAD_SOURCE:
      return source_;
    case STOIC_DMA_REG_LOAD_COUNT:
      return count_;
    case STOIC_DMA_REG_LOAD_FORMAT:
      return format_;
    case STOIC_DMA_REG_LOAD_TARGET:
      return target_;
    case STOIC_DMA_REG_LOAD_CRC:
      return crc_;
    case STOIC_DMA_REG_LOAD_STATUS:
      return (busy_ ? STOIC_DMA_STATUS_BUSY : 0u) | (finished_ ? STOIC_DMA_STATUS_DONE : 0u) |
             (error_ != 0 ? STOIC_DMA_STATUS_ERROR : 0u) | error_ << STOIC_DMA_STATUS_CODE_LSB;
  }
  return std::nullopt;
}

bool DmaLoader::write(std::uint32_t offset, std::uint32_t value) {
  if (busy_) return false;
  switch (offset) {
    case STOIC_DMA_REG_LOAD_SOURCE:
      source_ = value;
      return true;
    case STOIC_DMA_REG_LOAD_COUNT:
      count_ = value;
      return true;
    case STOIC_DMA_REG_LOAD_FORMAT:
      format_ = value & (STOIC_DMA_FORMAT_BYTES | STOIC_DMA_FORMAT_FILL);
      return true;
    case STOIC_DMA_REG_LOAD_TARGET:
      target_ = value;
      return true;
    case STOIC_DMA_REG_LOAD_CRC:
      crc_ = value;
      return true;
    case STOIC_DMA_REG_LOAD_CONTROL:
      if ((value & 1) != 0) start();
      return true;
  }
  return false;
}

void DmaLoader::reset() {
  source_ = count_ = format_ = target_ = crc_ = error_ = 0;
  busy_ = finished_ = false;
  if (waveform != nullptr) waveform->loader_busy(false);
  done_ = 0;
  next_.cancel();
}

/// All is fetched at once; the cycles pass as if it came word by word.
void DmaLoader::start() {
  constexpr std::size_t memory_word = 4;
  const std::size_t bytes = format_ & STOIC_DMA_FORMAT_BYTES;
  const bool fill = (format_ & STOIC_DMA_FORMAT_FILL) != 0;
  const std::uint64_t size = bytes == 0 ? count_ : fill ? bytes : std::uint64_t{bytes} * count_;
  busy_ = true;
  if (waveform != nullptr) waveform->loader_busy(true);
  finished_ = false;
  error_ = 0;
  done_ = 0;
  constexpr std::uint64_t largest = 1u << 28;
  const bool possible = size <= largest && source_ + size <= std::uint64_t{1} << 32 && bytes <= memory_word;
  data_.resize(possible ? size : 0);
  if (!possible || (size > 0 && !fetch(source_, data_.data(), data_.size())))
    error_ = STOIC_DMA_ERROR_ADDRESS;
  if (error_ == 0 && !fill) crc_ = crc_of(crc_, data_);
  const auto reads =
      bytes == 0 ? static_cast<std::int64_t>((data_.size() + memory_word - 1) / memory_word) : 0;
  if (ports != nullptr) ports->take(source_, current_cycle() + STOIC_DMA_START_CYCLES, reads);
  next_.notify(cycles(STOIC_DMA_START_CYCLES + reads));
}

std::uint32_t DmaLoader::word(std::size_t index) const {
  const std::size_t bytes = format_ & STOIC_DMA_FORMAT_BYTES;
  const auto at = (format_ & STOIC_DMA_FORMAT_FILL) != 0 ? 0 : index * bytes;
  std::uint32_t value = 0;
  for (std::size_t b = 0; b < bytes; ++b) value |= std::uint32_t{data_[at + b]} << (8 * b);
  const auto unused = 32 - 8 * static_cast<int>(bytes);
  return static_cast<std::uint32_t>(static_cast<std::int32_t>(value << unused) >> unused);
}

/// The next word, or the end.
void DmaLoader::step() {
  if (!busy_) return;
  if (error_ != 0 || (format_ & STOIC_DMA_FORMAT_BYTES) == 0 || done_ >= count_) return end(error_);
  auto value = word(done_);
  if (ports != nullptr && (format_ & STOIC_DMA_FORMAT_FILL) == 0) ports->take(source_, current_cycle());
  tlm::tlm_generic_payload payload;
  payload.set_command(tlm::TLM_WRITE_COMMAND);
  payload.set_address(target_);
  payload.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  payload.set_data_length(sizeof value);
  payload.set_streaming_width(sizeof value);
  auto delay = sc_core::SC_ZERO_TIME;
  registers->b_transport(payload, delay);
  if (!payload.is_response_ok()) error_ = STOIC_DMA_ERROR_REFUSED;
  ++done_;
  next_.notify(delay);
}

void DmaLoader::end(std::uint32_t error) {
  busy_ = false;
  if (waveform != nullptr) waveform->loader_busy(false);
  error_ = error;
  finished_ = error == 0;
}

}  // namespace stoic::platform
