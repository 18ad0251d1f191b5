#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// The first words of the memories of an accelerator that a network has for itself; its tables may also be another's.
struct Placement {
  std::int64_t program_word = 0;
  std::int64_t weight_word = 0;  ///< beats
  std::int64_t state_word = 0;
  std::int64_t table_word = 0;
  bool operator==(const Placement&) const = default;
};
nlohmann::ordered_json placement_json(const Placement& placement);

/// A network that lies in the same accelerator.
struct NamedImage {
  std::string name;  ///< for messages: its file
  Image image;
};

/// Where the last of `images` lies when all of them lie one behind the other, from 0 on and in this order. Tables that another
/// has as a whole are shared. Throws Error, naming each memory and what it must be raised to, when the instance has no room for
/// all, and when they were compiled for different instances.
Placement placement_of_last(const std::vector<NamedImage>& images);

/// The same network there: program, states and symbols name other words. The program still begins with the first word of
/// Image::program, and weights and tables with the first of theirs: the placement says where these go.
Image relocated(Image image, const Placement& placement);

/// An image that was compiled for a smaller instance, for a larger one: the same program, so that the rest of the memories is
/// left for others. Throws Error, naming the number, when more than the size of memories differs or one is smaller.
Image on_larger_instance(Image image, const HardwareConfig& larger);

/// Words of each memory that a network occupies, from 0 on.
struct MemoryNeeds {
  std::int64_t program_words = 0, weight_words = 0, state_words_per_lane = 0, table_words = 0;
};
MemoryNeeds memory_needs(const Image& image);

}  // namespace stoic
