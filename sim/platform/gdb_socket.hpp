#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace stoic::platform {

/// Where GDB connects: a TCP port of this machine, or a socket in the file system when the place has a "/". Throws Error when
/// it cannot be had.
class GdbListener {
 public:
  explicit GdbListener(const std::string& place);
  ~GdbListener();
  GdbListener(const GdbListener&) = delete;
  GdbListener& operator=(const GdbListener&) = delete;
  int descriptor() const { return descriptor_; }
  /// What to tell GDB: "target remote ..."; the port that was chosen for 0.
  const std::string& address() const { return address_; }

 private:
  int descriptor_ = -1;
  std::string address_;
  std::string path_;  ///< to be removed
};

/// Packets of GDB's remote protocol over a connection.
class GdbSocket {
 public:
  explicit GdbSocket(int listener) : listener_(listener) {}
  ~GdbSocket();
  GdbSocket(const GdbSocket&) = delete;
  GdbSocket& operator=(const GdbSocket&) = delete;

  /// Waits a moment for somebody to connect. Returns whether anybody did.
  bool accept();
  bool connected() const { return connection_ >= 0; }
  void close();
  /// The next packet; "\3" for Ctrl-C. Nothing: the connection has ended.
  std::optional<std::string> receive();
  void send(std::string_view packet);
  /// Whether Ctrl-C has come; does not wait.
  bool interrupted();
  void acknowledge(bool on) { acknowledges_ = on; }

 private:
  int next_byte();

  int listener_;
  int connection_ = -1;
  bool acknowledges_ = true;
  std::string waiting_;  ///< bytes that have come and were not used
};

std::string to_hex(std::string_view bytes);
std::string from_hex(std::string_view text);

}  // namespace stoic::platform
