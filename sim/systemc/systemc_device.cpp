#include "stoic/sim/systemc/systemc_device.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/systemc/pipe.hpp"
#include "stoic/sim/systemc/server.hpp"

namespace stoic {
namespace {

using systemc::Call;
using systemc::Message;

/// The parent's ends of all devices. A child closes those of its elder siblings, or they would not see the
/// parent go.
struct OpenSockets {
  std::mutex mutex;
  std::set<int> sockets;
};

OpenSockets& open_sockets() {
  static OpenSockets open;
  return open;
}

class SystemcDevice : public Device {
 public:
  SystemcDevice(const HardwareConfig& config, const TraceOptions& trace) : config_(config) {
    start_child(trace);
    try {
      receive();  // says that it is there, or why not
    } catch (...) {
      end_child();
      throw;
    }
  }
  ~SystemcDevice() override { end_child(); }
  SystemcDevice(const SystemcDevice&) = delete;
  SystemcDevice& operator=(const SystemcDevice&) = delete;

  const HardwareConfig& config() const override { return config_; }
  std::string name() const override { return "systemc"; }

  Access read(std::uint32_t offset) override { return call(Call::read, offset).get<Access>(); }
  Access write(std::uint32_t offset, std::uint32_t value) override {
    return call(Call::write, offset, value).get<Access>();
  }
  void write_memory(std::uint32_t memory, std::int64_t first, std::span<const std::int32_t> values) override {
    auto message = request(Call::write_memory, memory, first);
    message.put_all(values);
    exchange(message);
  }
  std::vector<std::int32_t> read_memory(std::uint32_t memory, std::int64_t first,
                                        std::int64_t count) override {
    return call(Call::read_memory, memory, first, count).get_all<std::int32_t>();
  }
  void send(Stream stream, std::span<const Packet> packets, std::int64_t times) override;
  void drop_unsent(Stream stream) override { call(Call::drop_unsent, stream); }
  void set_stalls(const StallSchedule& schedule) override { call(Call::set_stalls, schedule); }
  void run(std::int64_t cycles) override { call(Call::run, cycles); }
  bool run_until_interrupt(std::int64_t limit) override {
    return call(Call::run_until_interrupt, limit).get<bool>();
  }
  bool interrupt() override { return call(Call::interrupt).get<bool>(); }
  std::int64_t cycle() override { return call(Call::cycle).get<std::int64_t>(); }
  Output take_output() override {
    auto reply = call(Call::take_output);
    Output output;
    output.beats = reply.get_all<std::int32_t>();
    output.last = reply.get_all<std::uint8_t>();
    output.cycles = reply.get_all<std::int64_t>();
    return output;
  }
  Debug debug() override {
    auto reply = call(Call::debug);
    Debug debug;
    debug.busy = reply.get<bool>();
    debug.program_counter = reply.get<std::int64_t>();
    debug.cycles = reply.get<std::int64_t>();
    debug.mac_cycles = reply.get<std::int64_t>();
    debug.loops = reply.get_all<Debug::Loop>();
    return debug;
  }
  void peek_state(std::span<std::int32_t> state) override {
    const auto all = call(Call::peek_state).get_all<std::int32_t>();
    if (state.size() != all.size())
      throw Error(
          fmt::format("the state memory has {} entries, not {}; give that many", all.size(), state.size()));
    std::copy(all.begin(), all.end(), state.begin());
  }
  bool run_instruction(std::int64_t limit) override { return call(Call::run_instruction, limit).get<bool>(); }
  void reset() override { call(Call::reset); }
  void finish_trace() override { call(Call::finish_trace); }

 private:
  template <class... Values>
  Message request(Call what, const Values&... values) {
    Message message;
    message.put(what);
    (message.put(values), ...);
    return message;
  }
  template <class... Values>
  Message call(Call what, const Values&... values) {
    return exchange(request(what, values...));
  }
  Message exchange(const Message& message) {
    if (!systemc::send(socket_, message)) lost();
    return receive();
  }
  Message receive();
  void start_child(const TraceOptions& trace);
  void end_child();
  [[noreturn]] void lost();

  const HardwareConfig config_;
  int socket_ = -1;
  pid_t child_ = -1;
  std::string lost_;  ///< why the child is no more
};

void SystemcDevice::send(Stream stream, std::span<const Packet> packets, std::int64_t times) {
  if (stream == Stream::output) throw Error("nothing is sent to the output; send to input or weights");
  const auto width = stream == Stream::input ? config_.state_width : config_.weight_width;
  const auto limit = std::int64_t{1} << (width - 1);
  auto message = request(Call::send, stream, times, static_cast<std::uint64_t>(packets.size()));
  for (const auto& packet : packets) {
    if (packet.beats.empty() || packet.beats.size() % static_cast<std::size_t>(config_.lanes) != 0)
      throw Error(fmt::format("a packet of {} words is no whole number of beats; give a multiple of {} lanes",
                              packet.beats.size(), config_.lanes));
    for (const auto word : packet.beats)
      if (word < -limit || word >= limit)
        throw Error(
            fmt::format("a packet holds {}, which does not fit {} bits; saturate it first", word, width));
    message.put(packet.last);
    message.put_all(std::span(packet.beats));
  }
  exchange(message);
}

Message SystemcDevice::receive() {
  Message reply;
  if (!systemc::receive(socket_, reply)) lost();
  if (!reply.get<bool>()) throw Error(reply.get_text());
  return reply;
}

void SystemcDevice::lost() {
  if (lost_.empty()) {
    int status = 0;
    if (child_ > 0) waitpid(child_, &status, 0);
    child_ = -1;
    lost_ = WIFSIGNALED(status)
                ? fmt::format("the SystemC simulation was killed by signal {}; make the device again",
                              WTERMSIG(status))
                : fmt::format("the SystemC simulation ended with code {}; make the device again",
                              WEXITSTATUS(status));
  }
  throw Error(lost_);
}

void SystemcDevice::start_child(const TraceOptions& trace) {
  auto& open = open_sockets();
  const std::lock_guard lock(open.mutex);
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw Error(
        fmt::format("no socket for the SystemC simulation: {}; close some files", std::strerror(errno)));
  const auto parent = getpid();
  const bool main_thread = syscall(SYS_gettid) == parent;
  child_ = fork();
  if (child_ < 0) {
    const int why = errno;
    close(ends[0]);
    close(ends[1]);
    throw Error(fmt::format("no process for the SystemC simulation: {}; end some", std::strerror(why)));
  }
  if (child_ == 0) {
    // The signal comes when the thread that forked ends, so only the main thread may ask for it. Otherwise
    // the child notices at the end of a call.
    if (main_thread) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    close(ends[0]);
    for (const int socket : open.sockets) close(socket);
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 1);
    systemc::serve(ends[1], config_, trace);
    _exit(0);  // what the parent registered for its exit is not the child's business
  }
  close(ends[1]);
  socket_ = ends[0];
  open.sockets.insert(socket_);
}

void SystemcDevice::end_child() {
  {
    auto& open = open_sockets();
    const std::lock_guard lock(open.mutex);
    open.sockets.erase(socket_);
    close(socket_);
  }
  if (child_ > 0) waitpid(child_, nullptr, 0);
}

}  // namespace

std::unique_ptr<Device> make_systemc_device(const HardwareConfig& config, const TraceOptions& trace) {
  if (!trace.path.empty() && !trace.path.ends_with(".vcd"))
    throw Error(fmt::format(
        "{}: SystemC writes waveforms as .vcd only; give a name that ends in .vcd, or trace the rtl body",
        trace.path));
  return std::make_unique<SystemcDevice>(config, trace);
}

}  // namespace stoic
