#pragma once
#include <cstdint>
#include <vector>

#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// The elements of the state memory, in order, that a sample writes and whose values before it count: they reach what it
/// stores, or what is counted as saturated. An element counts not when weights of zero alone meet it, or when FUNCTION or
/// COPY take it to places that do not count. Throws Error for a program that faults.
std::vector<std::int64_t> carried_elements(const Image& image);
/// Those that a sample reads before it writes them, whether it writes them or not, and whether they count or not: what must
/// be there before the first START.
std::vector<std::int64_t> elements_read_first(const Image& image);

}  // namespace stoic
