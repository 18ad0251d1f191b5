#pragma once
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace stoic::systemc {

/// A message between processes of one program: values one after another, as they lie in memory.
class Message {
 public:
  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    append(&value, sizeof value);
  }
  template <class T>
  void put_all(std::span<const T> values) {
    put(static_cast<std::uint64_t>(values.size()));
    append(values.data(), values.size_bytes());
  }
  void put_text(const std::string& text) { put_all(std::span<const char>(text)); }

  template <class T>
  T get() {
    T value;
    take(&value, sizeof value);
    return value;
  }
  template <class T>
  std::vector<T> get_all() {
    std::vector<T> values(get<std::uint64_t>());
    take(values.data(), values.size() * sizeof(T));
    return values;
  }
  std::string get_text() {
    const auto characters = get_all<char>();
    return {characters.begin(), characters.end()};
  }

  std::vector<unsigned char>& bytes() { return bytes_; }
  const std::vector<unsigned char>& bytes() const { return bytes_; }

 private:
  void append(const void* data, std::size_t size) {
    if (size == 0) return;
    const auto end = bytes_.size();
    bytes_.resize(end + size);
    std::memcpy(bytes_.data() + end, data, size);
  }
  void take(void* data, std::size_t size) {
    if (size > 0) std::memcpy(data, bytes_.data() + read_, size);
    read_ += size;
  }

  std::vector<unsigned char> bytes_;
  std::size_t read_ = 0;
};

/// Both return false when the other side is gone.
bool send(int socket, const Message& message);
bool receive(int socket, Message& message);

}  // namespace stoic::systemc
