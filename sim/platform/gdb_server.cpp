#include "stoic/sim/platform/gdb_server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace stoic::platform {
namespace {

constexpr unsigned x_registers = 32, pc_number = 32, first_csr = 33;
constexpr const char* interrupt_reply = "T02";
constexpr const char* trap_reply = "T05";

std::uint32_t csr_of(const Csr& csr, unsigned index) {
  return csr.read(csr_names[index].number, 0, 0).value_or(0);
}

std::string target_description() {
  std::string text =
      "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target version=\"1.0\">"
      "<architecture>riscv:rv32</architecture><feature name=\"org.gnu.gdb.riscv.cpu\">";
  constexpr const char* names[] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "fp", "s1", "a0",
                                   "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                   "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
  for (unsigned r = 0; r < x_registers; ++r)
    text += fmt::format("<reg name=\"{}\" bitsize=\"32\" regnum=\"{}\"/>", names[r], r);
  text +=
      fmt::format("<reg name=\"pc\" bitsize=\"32\" type=\"code_ptr\" regnum=\"{}\"/></feature>", pc_number);
  text += "<feature name=\"org.gnu.gdb.riscv.csr\">";
  for (unsigned c = 0; c < std::size(csr_names); ++c)
    text += fmt::format("<reg name=\"{}\" bitsize=\"32\" regnum=\"{}\"/>", csr_names[c].name, first_csr + c);
  return text + "</feature></target>";
}

/// Hexadecimal numbers between the separators of a packet.
std::vector<std::uint32_t> numbers(std::string_view text) {
  std::vector<std::uint32_t> result;
  while (!text.empty()) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc()) break;
    result.push_back(value);
    text.remove_prefix(std::min(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
  }
  return result;
}

std::string word_text(std::uint32_t value) {
  char bytes[4];
  std::memcpy(bytes, &value, sizeof bytes);
  return to_hex({bytes, sizeof bytes});
}

std::uint32_t word_of(std::string_view hex) {
  const auto bytes = from_hex(hex);
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

}  // namespace

void GdbServer::begin(const std::atomic<bool>* stop) {
  while (!socket_.accept())
    if (stop != nullptr && *stop) return;
  talk(trap_reply);
}

void GdbServer::talk(const std::string& reason) {
  why_ = reason;
  stepping_ = false;
  while (socket_.connected()) {
    const auto packet = socket_.receive();
    if (!packet) {
      socket_.close();
      break;
    }
    if (handle(*packet)) break;
  }
  resumed_ = true;
}

bool GdbServer::before(std::uint32_t pc, const Instruction& instruction, std::int64_t cycle) {
  if (socket_.connected() && !resumed_) {
    if (!seen_.empty())
      why_ = std::exchange(seen_, "");
    else if (stepping_)
      why_ = trap_reply;
    else if (breakpoints_.contains(pc))
      why_ = std::string(trap_reply) + "swbreak:;";
    else
      why_.clear();
    if (!why_.empty()) return false;
  }
  resumed_ = false;
  if (!watches_.empty() && (is_load(instruction.op) || is_store(instruction.op))) {
    const auto address = hart_.reg(instruction.rs1) + static_cast<std::uint32_t>(instruction.imm);
    for (const auto& watch : watches_)
      if ((is_store(instruction.op) ? watch.writes : watch.reads) &&
          address < std::uint64_t{watch.address} + watch.size &&
          watch.address < address + access_size(instruction.op))
        seen_ = fmt::format("{}{}:{:x};", trap_reply,
                            watch.kind == '2'   ? "watch"
                            : watch.kind == '3' ? "rwatch"
                                                : "awatch",
                            watch.address);
  }
  return next == nullptr || next->before(pc, instruction, cycle);
}

void GdbServer::halt() {
  socket_.send(why_);
  talk(why_);
}

void GdbServer::look() {
  if (!socket_.interrupted()) return;
  socket_.send(interrupt_reply);
  talk(interrupt_reply);
}

void GdbServer::end(std::uint32_t exit_code) {
  if (!socket_.connected()) return;
  // The protocol has a byte: what does not fit is a failure too.
  socket_.send(fmt::format("W{:02x}", std::min(exit_code, 0xffu)));
  socket_.close();
}

void GdbServer::lock_up(const std::string& why) {
  if (!socket_.connected()) return;
  socket_.send("O" + to_hex(why + "\n"));
  socket_.send("T0b");
  talk("T0b");
  if (socket_.connected()) socket_.send("X0b");
}

bool GdbServer::handle(const std::string& packet) {
  const char kind = packet.empty() ? '\0' : packet[0];
  if (packet == "\3") return false;
  if (kind == 'c' || kind == 's' || packet.starts_with("vCont;")) {
    const auto action = kind == 'v' ? packet[6] : kind;
    if (kind != 'v' && packet.size() > 1) hart_.set_pc(word_of(packet.substr(1)));
    stepping_ = action == 's' || action == 'S';
    return true;
  }
  if (kind == 'k' || packet.starts_with("vKill")) {
    killed_ = true;
    if (kind == 'v') socket_.send("OK");
    return true;
  }
  if (kind == 'D') {
    socket_.send("OK");
    socket_.close();
    breakpoints_.clear();
    watches_.clear();
    return true;
  }
  socket_.send(answer(packet));
  if (packet == "QStartNoAckMode") socket_.acknowledge(false);
  return false;
}

std::string GdbServer::answer(const std::string& packet) {
  switch (packet.empty() ? '\0' : packet[0]) {
    case '?':
      return why_;
    case 'g':
      return registers();
    case 'G':
      for (unsigned r = 0; r <= pc_number && 8 * r + 9 <= packet.size(); ++r)
        set_register(r, word_of(std::string_view(packet).substr(1 + 8 * r, 8)));
      return "OK";
    case 'p': {
      const auto number = numbers(packet.substr(1));
      return number.empty() ? "E01" : register_text(number[0]);
    }
    case 'P': {
      const auto number = numbers(packet.substr(1));
      const auto value = packet.find('=');
      const bool set = !number.empty() && value != std::string::npos &&
                       set_register(number[0], word_of(packet.substr(value + 1)));
      return set ? "OK" : "E01";
    }
    case 'm':
      return read_memory(std::string_view(packet).substr(1));
    case 'M':
      return write_memory(std::string_view(packet).substr(1));
    case 'Z':
    case 'z':
      return change_point(packet);
    case 'H':
    case 'T':
      return "OK";
    case 'q':
    case 'Q':
      return query(packet);
  }
  return packet == "vCont?" ? "vCont;c;C;s;S" : "";
}

std::string GdbServer::query(const std::string& packet) {
  constexpr std::string_view features = "qXfer:features:read:target.xml:", command = "qRcmd,";
  if (packet.starts_with("qSupported"))
    return "PacketSize=10000;qXfer:features:read+;swbreak+;QStartNoAckMode+;vContSupported+";
  if (packet == "QStartNoAckMode") return "OK";
  if (packet == "qAttached") return "1";
  if (packet == "qC") return "QC1";
  if (packet == "qfThreadInfo") return "m1";
  if (packet == "qsThreadInfo") return "l";
  if (packet.starts_with(command)) {
    const auto text = monitor ? monitor(from_hex(std::string_view(packet).substr(command.size()))) : "";
    return text.empty() ? "OK" : to_hex(text);
  }
  if (packet.starts_with(features)) {
    static const auto description = target_description();
    const auto range = numbers(std::string_view(packet).substr(features.size()));
    if (range.size() < 2) return "E01";
    const auto from = std::min<std::size_t>(range[0], description.size());
    const auto part = description.substr(from, range[1]);
    return (from + part.size() < description.size() ? "m" : "l") + part;
  }
  return "";
}

std::string GdbServer::registers() const {
  std::string text;
  for (unsigned r = 0; r <= pc_number; ++r) text += register_text(r);
  return text;
}

std::string GdbServer::register_text(unsigned number) const {
  if (number < x_registers) return word_text(hart_.reg(number));
  if (number == pc_number) return word_text(hart_.pc());
  if (number - first_csr < std::size(csr_names)) return word_text(csr_of(hart_.csr(), number - first_csr));
  return "E01";
}

bool GdbServer::set_register(unsigned number, std::uint32_t value) {
  if (number < x_registers)
    hart_.set_reg(number, value);
  else if (number == pc_number)
    hart_.set_pc(value & ~1u);
  else if (number - first_csr < std::size(csr_names))
    return hart_.csr().write(csr_names[number - first_csr].number, value, hart_.cycle(),
                             hart_.instructions());
  else
    return false;
  return true;
}

std::string GdbServer::read_memory(std::string_view arguments) const {
  const auto range = numbers(arguments);
  constexpr std::uint32_t most = 0x8000;
  if (range.size() < 2) return "E01";
  std::string text;
  for (std::uint32_t i = 0; i < std::min(range[1], most); ++i) {
    const auto* at = hart_.bytes(range[0] + i, 1);
    if (at == nullptr) break;
    text += to_hex({reinterpret_cast<const char*>(at), 1});
  }
  return text.empty() && range[1] > 0 ? "E01" : text;
}

std::string GdbServer::write_memory(std::string_view arguments) {
  const auto range = numbers(arguments);
  const auto colon = arguments.find(':');
  if (range.size() < 2 || colon == std::string_view::npos) return "E01";
  const auto bytes = from_hex(arguments.substr(colon + 1));
  return hart_.poke(range[0], bytes) ? "OK" : "E01";
}

/// "Z0,address,kind": a breakpoint; 2, 3, 4: a watchpoint of writes, reads, both, with its size.
std::string GdbServer::change_point(const std::string& packet) {
  const auto range = numbers(std::string_view(packet).substr(std::min<std::size_t>(3, packet.size())));
  if (packet.size() < 4 || range.size() < 2) return "E01";
  const bool insert = packet[0] == 'Z';
  const char kind = packet[1];
  if (kind == '0' || kind == '1') {
    if (insert)
      breakpoints_.insert(range[0]);
    else
      breakpoints_.erase(range[0]);
    return "OK";
  }
  if (kind < '2' || kind > '4') return "";
  const Watch watch{range[0], range[1], kind != '2', kind != '3', kind};
  if (insert)
    watches_.insert(watch);
  else
    watches_.erase(watch);
  return "OK";
}

}  // namespace stoic::platform
