#include "stoic/sim/device/carried_elements.hpp"

#include <algorithm>

#include "stoic/sim/contract/operands.hpp"
#include "stoic/sim/golden/schedule.hpp"

namespace stoic {
namespace {

using Steps = std::vector<golden::Step>;     ///< in the order in which they first run
using Elements = std::vector<std::uint8_t>;  ///< a flag for each of the state memory

Elements no_elements(const Image& image) {
  return Elements(static_cast<std::size_t>(image.config.state_words_per_lane * image.config.lanes), 0);
}

/// Calls visit(i, element) for each element i of each vector of an operand.
template <class Visit>
void for_each_element(const OperandRange& range, const HardwareConfig& config, const Visit& visit) {
  const auto pitch = config.beats(range.length) * config.lanes;
  for (std::int64_t v = 0; v < range.vectors; ++v)
    for (std::int64_t i = 0; i < range.length; ++i)
      visit(i, static_cast<std::size_t>(range.first + v * pitch + i));
}

struct Touched {
  Elements written, read_first;
};

Touched touched_elements(const Image& image, const Steps& steps) {
  Touched touched{no_elements(image), no_elements(image)};
  // Later runs of a step read nothing that is not written by then, or was noted by the first.
  for (const auto& step : steps)
    for_each_operand(step.instruction, image.config, [&](const OperandRange& range) {
      for_each_element(range, image.config, [&](std::int64_t, std::size_t element) {
        if (range.written)
          touched.written[element] = 1;
        else if (touched.written[element] == 0)
          touched.read_first[element] = 1;
      });
    });
  return touched;
}

/// Whether a column of a matrix has weights of zero alone. Of streamed matrices nobody knows, nor of memory that the image
/// leaves to others.
bool is_zero_column(const Matvec& matvec, std::int64_t column, const Image& image) {
  const auto lanes = image.config.lanes, blocks = image.config.beats(matvec.rows);
  if (matvec.stream != 0 || (matvec.weights + blocks * matvec.columns) * lanes > std::ssize(image.weights))
    return false;
  for (std::int64_t b = 0; b < blocks; ++b) {
    const auto beat = image.weights.begin() + (matvec.weights + b * matvec.columns + column) * lanes;
    if (std::any_of(beat, beat + lanes, [](std::int32_t weight) { return weight != 0; })) return false;
  }
  return true;
}

/// Which elements count, from the end of a program to its beginning.
class Liveness {
 public:
  Liveness(const Image& image, const Steps& steps) : image_(image), steps_(steps) {}

  Elements at_start() const {
    auto live = no_elements(image_);
    pass(0, steps_.size(), live);
    return live;
  }

 private:
  /// Of the steps from `begin` to before `end`: what counts behind them becomes what counts before them.
  void pass(std::size_t begin, std::size_t end, Elements& live) const {
    while (end > begin) {
      --end;
      if (std::holds_alternative<End>(steps_[end].instruction)) {
        const auto loop = loop_of(end);
        around(loop + 1, end, live);
        end = loop;
      } else {
        step_back(steps_[end].instruction, live);
      }
    }
  }
  std::size_t loop_of(std::size_t end) const {
    for (std::size_t depth = 1; depth > 0;) {
      --end;
      if (std::holds_alternative<End>(steps_[end].instruction)) ++depth;
      if (std::holds_alternative<Loop>(steps_[end].instruction)) --depth;
    }
    return end;
  }
  /// What a repetition reads counts behind the one before it.
  void around(std::size_t begin, std::size_t end, Elements& live) const {
    const auto behind = live;
    pass(begin, end, live);  // the last one
    while (true) {
      auto more = live;
      for (std::size_t e = 0; e < more.size(); ++e) more[e] |= behind[e];
      pass(begin, end, more);
      if (more == live) return;
      live = std::move(more);
    }
  }
  void step_back(const Instruction& instruction, Elements& live) const {
    std::vector<OperandRange> read;
    std::vector<std::uint8_t> wanted;  // of each element of what is written
    for_each_operand(instruction, image_.config, [&](const OperandRange& range) {
      if (!range.written) return read.push_back(range);
      wanted.assign(static_cast<std::size_t>(range.length), 0);
      for_each_element(range, image_.config, [&](std::int64_t i, std::size_t element) {
        wanted[static_cast<std::size_t>(i)] |= live[element];
        live[element] = 0;
      });
    });
    const auto* matvec = std::get_if<Matvec>(&instruction);  // its factors come first
    for (const auto& range : read) {
      for_each_element(range, image_.config, [&](std::int64_t i, std::size_t element) {
        if (matvec != nullptr ? !is_zero_column(*matvec, i, image_) : counts(instruction, i, wanted))
          live[element] = 1;
      });
      matvec = nullptr;
    }
  }
  /// Whether element i of what an instruction reads counts.
  static bool counts(const Instruction& instruction, std::int64_t i,
                     const std::vector<std::uint8_t>& wanted) {
    const auto* function = std::get_if<Function>(&instruction);
    if ((function != nullptr && function->count_outside == 0) || std::holds_alternative<Copy>(instruction))
      return wanted[static_cast<std::size_t>(i)] != 0;
    if (std::holds_alternative<Rotate>(instruction))
      return std::any_of(wanted.begin(), wanted.end(), [](auto one) { return one != 0; });
    return true;  // it is stored, or counted where it saturates
  }

  const Image& image_;
  const Steps& steps_;
};

}  // namespace

std::vector<std::int64_t> carried_elements(const Image& image) {
  const auto steps = golden::schedule(image.program, image.config).steps;
  const auto written = touched_elements(image, steps).written, live = Liveness(image, steps).at_start();
  std::vector<std::int64_t> carried;
  for (std::size_t e = 0; e < written.size(); ++e)
    if (live[e] != 0 && written[e] != 0) carried.push_back(static_cast<std::int64_t>(e));
  return carried;
}

std::vector<std::int64_t> elements_read_first(const Image& image) {
  const auto touched = touched_elements(image, golden::schedule(image.program, image.config).steps);
  std::vector<std::int64_t> elements;
  for (std::size_t e = 0; e < touched.read_first.size(); ++e)
    if (touched.read_first[e] != 0) elements.push_back(static_cast<std::int64_t>(e));
  return elements;
}

}  // namespace stoic
