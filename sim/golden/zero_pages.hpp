#pragma once
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

namespace stoic::golden {

/// Memory that is zero without being written: pages that nobody touches cost nothing, which a weight memory of a
/// gibibyte mostly consists of. For vectors that have their size from the beginning.
template <class T>
struct ZeroPages {
  using value_type = T;
  ZeroPages() = default;
  template <class U>
  ZeroPages(const ZeroPages<U>&) {}
  T* allocate(std::size_t count) {
    if (auto* memory = std::calloc(count, sizeof(T))) return static_cast<T*>(memory);
    throw std::bad_alloc();
  }
  void deallocate(T* memory, std::size_t) { std::free(memory); }
  /// Of what is zero already.
  template <class U>
  void construct(U*) {}
  template <class U, class... Values>
  void construct(U* place, Values&&... values) {
    std::construct_at(place, std::forward<Values>(values)...);
  }
  bool operator==(const ZeroPages&) const { return true; }
};

}  // namespace stoic::golden
