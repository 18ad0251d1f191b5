#include "stoic/sim/device/compact_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

constexpr std::string_view magic = "STOICIT1";
constexpr std::uint8_t run_flag = 0x80, end_mark = 0x40;
constexpr unsigned longest_run = 128;
/// Of a record that is one instruction.
constexpr std::uint8_t has_address = 1, has_text = 2, has_cycle = 4, has_value = 8;
constexpr std::size_t longest_text = 4096;

constexpr const char* register_names[] = {
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
    "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

std::uint64_t folded(std::int64_t number) {
  return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}
std::int64_t unfolded(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1 ^ (0 - (number & 1)));
}
/// The nearer of the two ways from `b` to `a`.
std::int64_t difference(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b); }

// Without a signed overflow, whatever a file says.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t less(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

}  // namespace

std::string trace_line(const TracedInstruction& i, std::string_view text) {
  auto line = fmt::format("{} {} {:08x} {}", i.number, i.cycle, i.address, text);
  if (i.written < TracedInstruction::writes_nothing)
    line += fmt::format(" {}=0x{:08x}", register_names[i.written], i.value);
  return line + "\n";
}

// ---- Forecast ----

std::int64_t TraceForecast::cycle() const {
  return last_ == nullptr ? last_cycle_ : sum(last_cycle_, last_->cycles);
}

TraceForecast::Known* TraceForecast::find(std::uint32_t address) {
  const auto found = known_.find(address);
  return found == known_.end() ? nullptr : &found->second;
}

TraceForecast::Known& TraceForecast::define(std::uint32_t address, std::uint8_t length,
                                            std::uint8_t written) {
  auto& known = known_[address];
  known = {.length = length, .written = written, .text = {}, .next = address + length};
  return known;
}

void TraceForecast::note(Known& known, const TracedInstruction& instruction) {
  if (last_ != nullptr) {
    last_->next = instruction.address;
    last_->cycles = less(instruction.cycle, last_cycle_);
  }
  known.step = instruction.value - registers_[known.written];
  registers_[known.written] = instruction.value;
  last_ = &known;
  last_cycle_ = instruction.cycle;
}

// ---- Writing ----

std::string CompactTraceWriter::take() { return std::exchange(bytes_, {}); }

void CompactTraceWriter::put_number(std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) bytes_ += static_cast<char>(number | 0x80);
  bytes_ += static_cast<char>(number);
}

void CompactTraceWriter::put_signed(std::int64_t number) { put_number(folded(number)); }

void CompactTraceWriter::end_run() {
  if (run_ > 0) bytes_ += static_cast<char>(run_flag | (run_ - 1));
  run_ = 0;
}

void CompactTraceWriter::put(const TracedInstruction& instruction, const std::string* text) {
  if (count_++ == 0) {
    bytes_ += magic;
    put_number(static_cast<std::uint64_t>(instruction.number));
  }
  const auto address = difference(instruction.address, forecast_.address());
  const auto cycle = less(instruction.cycle, forecast_.cycle());
  auto& known = text == nullptr
                    ? *forecast_.find(instruction.address)
                    : forecast_.define(instruction.address, instruction.length, instruction.written);
  const auto value = difference(instruction.value, forecast_.value(known));
  const auto bits =
      static_cast<std::uint8_t>((address != 0 ? has_address : 0) | (text != nullptr ? has_text : 0) |
                                (cycle != 0 ? has_cycle : 0) | (value != 0 ? has_value : 0));
  if (bits == 0) {
    if (++run_ == longest_run) end_run();
  } else {
    end_run();
    bytes_ += static_cast<char>(bits);
    if (address != 0) put_signed(address);
    if (text != nullptr) {
      const auto words = std::string_view(*text).substr(0, longest_text);
      bytes_ += static_cast<char>(instruction.length);
      bytes_ += static_cast<char>(instruction.written);
      put_number(words.size());
      bytes_ += words;
    }
    if (cycle != 0) put_signed(cycle);
    if (value != 0) put_signed(value);
  }
  forecast_.note(known, instruction);
}

void CompactTraceWriter::finish() {
  if (count_ == 0) {
    bytes_ += magic;
    put_number(0);
  }
  end_run();
  bytes_ += static_cast<char>(end_mark);
  put_number(count_);
}

// ---- Reading ----

bool CompactTraceReader::is_one(std::string_view bytes) { return bytes.starts_with(magic); }

CompactTraceReader::CompactTraceReader(std::string_view bytes, std::string where)
    : bytes_(bytes), where_(std::move(where)) {
  if (!is_one(bytes)) fail("is no compact trace of instructions");
  at_ = magic.size();
  number_ = static_cast<std::int64_t>(number());
}

void CompactTraceReader::fail(const char* what) const {
  throw Error(fmt::format("{}: {}; run the firmware with --instruction-trace again", where_, what));
}

std::uint8_t CompactTraceReader::byte() {
  if (at_ == bytes_.size()) fail("the trace is cut short");
  return static_cast<std::uint8_t>(bytes_[at_++]);
}

std::uint64_t CompactTraceReader::number() {
  std::uint64_t result = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const std::uint64_t next = byte();
    result |= (next & 0x7f) << shift;
    if (next < 0x80) return result;
  }
  fail("the trace is damaged: a number has no end");
}

std::int64_t CompactTraceReader::signed_number() { return unfolded(number()); }

void CompactTraceReader::define(std::uint32_t address) {
  const auto length = byte(), written = byte();
  const auto size = number();
  if ((length != 2 && length != 4) || written > TracedInstruction::writes_nothing || size > longest_text)
    fail("the trace is damaged: an instruction is none");
  if (size > bytes_.size() - at_) fail("the trace is cut short");
  const auto text = bytes_.substr(at_, static_cast<std::size_t>(size));
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (std::ranges::any_of(text, is_control)) fail("the trace is damaged: a text is none");
  at_ += text.size();
  forecast_.define(address, length, written).text = text;
}

void CompactTraceReader::read(std::uint8_t bits, TracedInstruction& instruction) {
  auto address = forecast_.address();
  auto cycle = forecast_.cycle();
  if ((bits & has_address) != 0) address += static_cast<std::uint32_t>(signed_number());
  if ((bits & has_text) != 0) define(address);
  if ((bits & has_cycle) != 0) cycle = sum(cycle, signed_number());
  auto* known = forecast_.find(address);
  if (known == nullptr) fail("the trace is damaged: nothing is known of an address");
  auto value = forecast_.value(*known);
  if ((bits & has_value) != 0) value += static_cast<std::uint32_t>(signed_number());
  instruction = {number_, cycle, address, known->length, known->written, value};
  number_ = sum(number_, 1);
  ++count_;
  text_ = known->text;
  forecast_.note(*known, instruction);
}

bool CompactTraceReader::next(TracedInstruction& instruction) {
  constexpr std::uint8_t all_bits = has_address | has_text | has_cycle | has_value;
  if (run_ > 0) {
    --run_;
    read(0, instruction);
    return true;
  }
  const auto head = byte();
  if (head == end_mark) {
    if (number() != count_ || at_ != bytes_.size())
      fail("the trace is damaged: its end is not where it says");
    return false;
  }
  if ((head & run_flag) != 0)
    run_ = head & ~run_flag;
  else if (head == 0 || head > all_bits)
    fail("the trace is damaged: a record is none");
  read((head & run_flag) != 0 ? 0 : head, instruction);
  return true;
}

}  // namespace stoic
