#include "stoic/sim/platform/gdb_socket.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "stoic/sim/io/error.hpp"

namespace stoic::platform {
namespace {

constexpr int gdb_look_ms = 50;

[[noreturn]] void fail_gdb(const std::string& place, int error) {
  throw Error(
      fmt::format("--gdb {}: {}; give a free port, such as 3333, or a path for a socket, such as ./gdb.sock",
                  place, std::strerror(error)));
}

}  // namespace

GdbListener::GdbListener(const std::string& place) {
  if (place.find('/') != std::string::npos) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (place.size() >= sizeof address.sun_path) fail_gdb(place, ENAMETOOLONG);
    place.copy(address.sun_path, place.size());
    descriptor_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (descriptor_ < 0 || ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      fail_gdb(place, errno);
    path_ = address_ = place;
  } else {
    std::uint16_t port = 0;
    const auto* end = place.data() + place.size();
    if (const auto [last, error] = std::from_chars(place.data(), end, port);
        error != std::errc() || last != end)
      fail_gdb(place, EINVAL);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    socklen_t size = sizeof address;
    if (descriptor_ < 0 || ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      fail_gdb(place, errno);
    address_ = fmt::format("localhost:{}", ntohs(address.sin_port));
  }
  if (::listen(descriptor_, 1) != 0) fail_gdb(place, errno);
}

GdbListener::~GdbListener() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

GdbSocket::~GdbSocket() { close(); }

void GdbSocket::close() {
  if (connection_ >= 0) ::close(connection_);
  connection_ = -1;
}

bool GdbSocket::accept() {
  pollfd ready{listener_, POLLIN, 0};
  if (::poll(&ready, 1, gdb_look_ms) <= 0) return false;
  connection_ = ::accept(listener_, nullptr, nullptr);
  const int on = 1;
  if (connection_ >= 0) ::setsockopt(connection_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connected();
}

/// -1: there is none any more.
int GdbSocket::next_byte() {
  if (waiting_.empty()) {
    char part[4096];
    const auto count = connected() ? ::read(connection_, part, sizeof part) : 0;
    if (count <= 0) return -1;
    waiting_.assign(part, static_cast<std::size_t>(count));
  }
  const auto byte = static_cast<unsigned char>(waiting_.front());
  waiting_.erase(0, 1);
  return byte;
}

bool GdbSocket::interrupted() {
  if (!connected()) return false;
  char part[256];
  const auto count = ::recv(connection_, part, sizeof part, MSG_DONTWAIT);
  if (count > 0) waiting_.append(part, static_cast<std::size_t>(count));
  const auto at = waiting_.find('\3');
  if (at == std::string::npos) return false;
  waiting_.erase(at, 1);
  return true;
}

std::optional<std::string> GdbSocket::receive() {
  int byte = next_byte();
  while (byte != '$' && byte != 3 && byte >= 0) byte = next_byte();
  if (byte < 0) return std::nullopt;
  if (byte == 3) return "\3";
  constexpr std::size_t longest = 1 << 20;
  std::string packet;
  for (byte = next_byte(); byte >= 0 && byte != '#'; byte = next_byte()) {
    if (byte == '}') byte = next_byte() ^ 0x20;
    if (packet.size() < longest) packet += static_cast<char>(byte);
  }
  next_byte();  // the checksum: the line below does not lose bytes
  if (next_byte() < 0) return std::nullopt;
  if (acknowledges_ && ::send(connection_, "+", 1, MSG_NOSIGNAL) != 1) return std::nullopt;
  return packet;
}

void GdbSocket::send(std::string_view packet) {
  unsigned sum = 0;
  for (const char c : packet) sum += static_cast<unsigned char>(c);
  const auto text = fmt::format("${}#{:02x}", packet, sum & 0xff);
  for (std::size_t sent = 0; sent < text.size() && connected();) {
    const auto count = ::send(connection_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return close();
    sent += static_cast<std::size_t>(count);
  }
}

std::string to_hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string from_hex(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    unsigned value = 0;
    std::from_chars(text.data() + at, text.data() + at + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return bytes;
}

}  // namespace stoic::platform
