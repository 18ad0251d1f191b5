#include "stoic/sim/systemc/server.hpp"

#include <systemc>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/systemc/pipe.hpp"
#include "stoic/sim/systemc/testbench.hpp"

namespace stoic::systemc {
namespace {

struct Session {
  int socket;
  const HardwareConfig& config;
  const TraceOptions& trace;
};

const Session* session = nullptr;  ///< for sc_main, which takes no arguments of ours

void send_packets(Testbench& testbench, Message& call) {
  const auto stream = call.get<Stream>();
  const auto times = call.get<std::int64_t>();
  std::vector<Packet> packets(call.get<std::uint64_t>());
  for (auto& packet : packets) {
    packet.last = call.get<bool>();
    packet.beats = call.get_all<std::int32_t>();
  }
  testbench.send(stream, packets, times);
}

void put_output(const Device::Output& output, Message& reply) {
  reply.put_all(std::span(output.beats));
  reply.put_all(std::span(output.last));
  reply.put_all(std::span(output.cycles));
}

void put_debug(const Device::Debug& debug, Message& reply) {
  reply.put(debug.busy);
  reply.put(debug.program_counter);
  reply.put(debug.cycles);
  reply.put(debug.mac_cycles);
  reply.put_all(std::span(debug.loops));
}

void answer(Testbench& testbench, Message& call, Message& reply) {
  const auto offset = [&] { return call.get<std::uint32_t>(); };
  const auto number = [&] { return call.get<std::int64_t>(); };
  switch (call.get<Call>()) {
    case Call::read:
      return reply.put(testbench.read(offset()));
    case Call::write: {
      const auto place = offset();
      return reply.put(testbench.write(place, offset()));
    }
    case Call::write_memory: {
      const auto memory = offset();
      const auto first = number();
      return testbench.write_memory(memory, first, call.get_all<std::int32_t>());
    }
    case Call::read_memory: {
      const auto memory = offset();
      const auto first = number();
      return reply.put_all(std::span<const std::int32_t>(testbench.read_memory(memory, first, number())));
    }
    case Call::send:
      return send_packets(testbench, call);
    case Call::drop_unsent:
      return testbench.drop_unsent(call.get<Stream>());
    case Call::set_stalls:
      return testbench.set_stalls(call.get<StallSchedule>());
    case Call::run:
      return testbench.run(number());
    case Call::run_until_interrupt:
      return reply.put(testbench.run_until_interrupt(number()));
    case Call::interrupt:
      return reply.put(testbench.interrupt());
    case Call::cycle:
      return reply.put(testbench.cycle());
    case Call::take_output:
      return put_output(testbench.take_output(), reply);
    case Call::debug:
      return put_debug(testbench.debug(), reply);
    case Call::peek_state:
      return reply.put_all(testbench.state());
    case Call::run_instruction:
      return reply.put(testbench.run_instruction(number()));
    case Call::reset:
      return testbench.reset();
    case Call::finish_trace:
      return testbench.finish_trace();
  }
}

/// Sends what `act` puts into the reply, or the text of what it throws. Returns whether somebody listens.
bool reply_to(int socket, auto&& act) {
  Message reply;
  try {
    reply.put(true);
    act(reply);
  } catch (const std::exception& error) {
    reply = {};
    reply.put(false);
    reply.put_text(error.what());
  }
  return send(socket, reply);
}

void run_session(const Session& current) {
  sc_core::sc_set_time_resolution(1, sc_core::SC_NS);
  // The output of this process is that of the program that made the device.
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  std::unique_ptr<Testbench> testbench;
  const bool listening = reply_to(current.socket, [&](Message&) {
    testbench = std::make_unique<Testbench>("stoic", current.config);
    if (!current.trace.path.empty()) testbench->trace(current.trace);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  });
  if (!listening || !testbench) return;
  Message call;
  while (receive(current.socket, call))
    if (!reply_to(current.socket, [&](Message& reply) { answer(*testbench, call, reply); })) return;
}

}  // namespace

void serve(int socket, const HardwareConfig& config, const TraceOptions& trace) {
  const Session current{socket, config, trace};
  session = &current;
  char name[] = "stoic";
  char* arguments[] = {name, nullptr};
  sc_core::sc_elab_and_sim(1, arguments);
}

}  // namespace stoic::systemc

/// What SystemC calls once it is set up, and what its library asks every program for. Without a session there
/// is nothing to do: programs that build a platform of their own need no sc_main.
extern "C" int sc_main(int, char*[]) {
  if (stoic::systemc::session != nullptr) stoic::systemc::run_session(*stoic::systemc::session);
  return 0;
}
