#pragma once
#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <functional>
#include <vector>

#include "stoic/sim/contract/config.hpp"
#include "stoic/sim/platform/bus.hpp"
#include "stoic/sim/platform/devices.hpp"
#include "stoic/sim/platform/dma_loader.hpp"
#include "stoic/sim/platform/memory_ports.hpp"
#include "stoic/sim/systemc/stream_transaction.hpp"

namespace stoic::platform {

/// Three channels between memory and the streams of the accelerator, each with a list of descriptors
/// (PLATFORM.md). A channel moves a beat a cycle, as long as the stream takes or gives one, and comes first at
/// every memory; the next descriptor is fetched meanwhile, so that between vectors there is no pause. A
/// vector is read from memory when its turn comes, beat by beat in no other cycle than the stream shows; an
/// output beat is in memory when DONE shows.
///
/// Nothing runs here but in answer to the bus and to the streams. DONE and ERROR show, and interrupt, in a
/// cycle that follows from the one in which the last beat was accepted, whenever the accelerator's model said
/// so.
class Dma : public RegisterDevice {
 public:
  SC_HAS_PROCESS(Dma);
  Dma(const sc_core::sc_module_name& name, const HardwareConfig& config);
  ~Dma() override;

  tlm_utils::simple_initiator_socket<Dma> memory{"memory"};
  tlm_utils::simple_initiator_socket_tagged<Dma> input{"input"};
  tlm_utils::simple_initiator_socket_tagged<Dma> weights{"weights"};
  tlm_utils::simple_target_socket<Dma> output{"output"};
  sc_core::sc_out<bool> interrupt{"interrupt"};
  DmaLoader loader{"loader"};

  /// aresetn of the accelerator.
  std::function<void()> reset_accelerator;
  /// Every output vector that went to memory, as words.
  std::function<void(const std::vector<std::int32_t>&)> on_output;
  BusTrace* trace = nullptr;
  /// Null: the DMA has a port of its own to each memory. Else it notes here which cycles it uses: for each beat the one
  /// that follows its acceptance, in which it is written, or the queue of its channel filled again.
  void share(MemoryPorts* ports) { ports_ = loader.ports = ports; }
  /// Notes the beats that were accepted up to now.
  void note_beats();
  /// Over its port to the memories; false: there is none, or it is read-only.
  bool write_memory(std::uint32_t address, std::string_view data);
  /// Whether anything moves.
  bool works() const;
  PlatformWaveform* waveform = nullptr;

  /// One line a channel, for a diagnosis.
  std::string description() const;
  /// Beats moved by all channels; nothing when none is busy.
  std::optional<std::int64_t> progress() const;

 private:
  struct Channel {
    std::uint32_t base = 0, descriptors = 0, count = 0, rounds = 0, stride = 0, beats = 0;
    bool busy = false;
    bool done = false;
    std::uint32_t error = 0;
    // What is being worked on.
    std::uint32_t round = 0;
    std::uint32_t index = 0;    ///< of the next descriptor
    std::uint32_t address = 0;  ///< output: of the next beat; else of the vector
    std::uint32_t left = 0;     ///< output: bytes of the vector that are still to come
    std::vector<unsigned char> data;
    std::vector<std::int32_t> words;  ///< output: the vector so far
    std::size_t noted = 0;   ///< of the vector's beats that were accepted, those that note_beats() knows
    std::int64_t ends = -1;  ///< the cycle from which it is no longer busy, once that is known
    std::uint32_t end_error = 0;
    tlm::tlm_generic_payload payload;
    systemc::StreamExtension stream;
  };
  struct Descriptor {
    std::uint32_t address;
    std::uint32_t bytes;
    bool open;  ///< no TLAST
  };

  std::optional<std::uint32_t> read(std::uint32_t offset) override;
  bool write(std::uint32_t offset, std::uint32_t value) override;
  bool write_channel(unsigned number, std::uint32_t offset, std::uint32_t value);
  std::uint32_t status(unsigned number);
  void start(unsigned number);
  std::uint32_t active() const;
  bool start_together(std::uint32_t which);
  void settle();
  void update();
  void reset();
  void end(unsigned number, std::int64_t cycle, std::uint32_t error);
  std::uint32_t beat_bytes(unsigned number) const;
  std::uint32_t next_descriptor(Channel& channel, unsigned number, Descriptor& descriptor);
  bool access(tlm::tlm_command command, std::uint32_t address, unsigned char* data, std::size_t size);
  void send_next(unsigned number, std::int64_t earliest);
  tlm::tlm_sync_enum sent(int number, tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                          sc_core::sc_time& delay);
  void receive(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  std::uint32_t store(Channel& channel, tlm::tlm_generic_payload& payload, std::int64_t accepted, bool last);

  const HardwareConfig config_;
  MemoryPorts* ports_ = nullptr;
  std::array<Channel, STOIC_DMA_CHANNELS> channels_;
  std::uint32_t irq_enable_ = 0;
  std::uint32_t irq_status_ = 0;
  std::int64_t output_from_ = 0;  ///< the cycle from which the output channel takes beats
  sc_core::sc_event changes_{"changes"};
};

}  // namespace stoic::platform
