#include "stoic/sim/systemc/pipe.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace stoic::systemc {
namespace {

bool send_all(int socket, const void* data, std::size_t size) {
  const auto* at = static_cast<const char*>(data);
  while (size > 0) {
    // Without MSG_NOSIGNAL a process whose other side has died would die of SIGPIPE.
    const auto sent = ::send(socket, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool receive_all(int socket, void* data, std::size_t size) {
  auto* at = static_cast<char*>(data);
  while (size > 0) {
    const auto received = ::recv(socket, at, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    at += received;
    size -= static_cast<std::size_t>(received);
  }
  return true;
}

}  // namespace

bool send(int socket, const Message& message) {
  const std::uint64_t size = message.bytes().size();
  return send_all(socket, &size, sizeof size) && send_all(socket, message.bytes().data(), size);
}

bool receive(int socket, Message& message) {
  std::uint64_t size = 0;
  if (!receive_all(socket, &size, sizeof size)) return false;
  message = {};
  message.bytes().resize(size);
  return receive_all(socket, message.bytes().data(), size);
}

}  // namespace stoic::systemc
