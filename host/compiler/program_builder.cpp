#include "stoic/host/compiler/program_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "stoic/host/compiler/does_not_fit.hpp"
#include "stoic/sim/contract/assembler.hpp"
#include "stoic/sim/contract/instruction.hpp"
#include "stoic/sim/golden/schedule.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace {

/// Which of the rules behind ILLEGAL_OPERAND an instruction breaks.
std::string broken_rule(const Instruction& instruction, const HardwareConfig& config) {
  const auto rule = [&]<class T>(const T& i) -> std::string {
    if constexpr (requires { i.length; })
      if (i.length == 0) return "its length is 0";
    if constexpr (requires { i.rows; })
      if (i.rows == 0 || i.columns == 0) return fmt::format("its matrix is {} x {}", i.rows, i.columns);
    if constexpr (requires { i.count; })
      if (i.count == 0) return "its count is 0";
    if constexpr (requires { i.terms; })
      return fmt::format("it has {} terms, and 1 to {} are possible", i.terms, STOIC_BUNDLE_TERMS_MAX);
    if constexpr (requires { i.segments; })
      if (i.segments == 0) return "its table has no segment";
    if constexpr (requires { i.segment_shift; })
      if (i.segment_shift >= config.state_width)
        return fmt::format("its segments have 2^{} codes, more than a state", i.segment_shift);
    if constexpr (requires { i.origin; })
      if (i.origin < config.state_min() || i.origin > config.state_max())
        return fmt::format("its table begins at {}, which is no state", i.origin);
    if constexpr (requires { i.result_shift; })
      if (i.result_shift >= config.state_width) return fmt::format("its result shift is {}", i.result_shift);
    if constexpr (requires { i.amount; }) return fmt::format("it rotates by {}", i.amount);
    return status_codes[STOIC_STATUS_CODE_ILLEGAL_OPERAND].meaning;
  };
  return std::visit(rule, instruction);
}

}  // namespace

ProgramBuilder::ProgramBuilder(const HardwareConfig& config) { image_.config = config; }

void ProgramBuilder::refuse(const std::string& what, std::int64_t needed, const char* key,
                            std::int64_t has) const {
  refuse_to_fit(config(), fmt::format("{} needs {} {}, the instance has {}", what, needed, key, has), key,
                needed);
}

void ProgramBuilder::name_vector(const std::string& name, std::int64_t word, std::int64_t length,
                                 std::int64_t fraction_bits) {
  image_.vectors.push_back({name, word, length, fraction_bits});
}

std::int64_t ProgramBuilder::vector(const std::string& name, std::int64_t length, std::int64_t fraction_bits,
                                    std::int64_t reserve) {
  const auto word = next_word_;
  next_word_ += config().beats(std::max(length, reserve));
  if (next_word_ > config().state_words_per_lane)
    refuse(fmt::format("the state memory up to vector {}", name), next_word_, "state_words_per_lane",
           config().state_words_per_lane);
  name_vector(name, word, length, fraction_bits);
  return word;
}

std::int64_t ProgramBuilder::overlay(const std::string& name, std::int64_t word, std::int64_t length,
                                     std::int64_t fraction_bits) {
  name_vector(name, word, length, fraction_bits);
  return word;
}

std::int64_t ProgramBuilder::constant(const std::string& name, const std::vector<std::int32_t>& codes,
                                      std::int64_t fraction_bits) {
  const auto word = vector(name, static_cast<std::int64_t>(codes.size()), fraction_bits);
  image_.initial_state.push_back({word, codes});
  return word;
}

MatrixPlace ProgramBuilder::matrix(const QuantisedMatrix& matrix) {
  const auto lanes = config().lanes;
  const auto columns = matrix.codes.cols();
  const auto beats = config().beats(matrix.codes.rows()) * columns;
  const auto used = static_cast<std::int64_t>(image_.weights.size()) / lanes;
  const bool streamed = used + beats > config().weight_words;
  auto& weights = streamed ? image_.stream_weights : image_.weights;
  const auto first = static_cast<std::int64_t>(weights.size());
  weights.resize(static_cast<std::size_t>(first + beats * lanes), 0);
  for (Eigen::Index r = 0; r < matrix.codes.rows(); ++r)
    for (Eigen::Index c = 0; c < columns; ++c)
      weights[static_cast<std::size_t>(first + (r / lanes * columns + c) * lanes + r % lanes)] =
          matrix.codes(r, c);
  return {streamed, first / lanes};
}

std::int64_t ProgramBuilder::free_table_words() const {
  return config().table_words - static_cast<std::int64_t>(image_.tables.size());
}

std::int64_t ProgramBuilder::table(const FunctionTable& table) {
  const auto first = static_cast<std::int64_t>(image_.tables.size());
  image_.tables.insert(image_.tables.end(), table.knots.begin(), table.knots.end());
  return first;
}

void ProgramBuilder::phase(const std::string& name) { phases_.push_back({std::ssize(image_.program), name}); }

std::int64_t ProgramBuilder::emit(const Instruction& instruction, const std::string& text) {
  const auto slot = static_cast<std::int64_t>(image_.program.size());
  // What the engine would stop at is a mistake of the compiler or a limit that nothing above has named.
  if (const int status = check_operands(instruction, config()); status != STOIC_STATUS_CODE_OK)
    throw Error(
        fmt::format("hardware configuration {}: {} ({}) would stop with {}: {}; make the network smaller",
                    config().name, mnemonic(instruction), text, status_codes[status].name,
                    status == STOIC_STATUS_CODE_ILLEGAL_OPERAND ? broken_rule(instruction, config())
                                                                : std::string(status_codes[status].meaning)));
  const auto words = encode(instruction);
  image_.program.insert(image_.program.end(), words.begin(), words.end());
  if (static_cast<std::int64_t>(image_.program.size()) > config().program_words)
    refuse("the program", static_cast<std::int64_t>(image_.program.size()), "program_words",
           config().program_words);
  image_.slots.push_back({slot, text});
  return slot;
}

std::int64_t ProgramBuilder::emit_matvec(Matvec matvec, const MatrixPlace& place, const std::string& text) {
  matvec.stream = place.streamed;
  matvec.weights = place.streamed ? 0 : place.beat;
  const auto slot = emit(matvec, text);
  if (place.streamed) streamed_[slot] = place.beat;
  return slot;
}

Image ProgramBuilder::finish(const std::string& metadata) {
  const auto schedule = golden::schedule(image_.program, config());
  for (const auto index : schedule.order) {
    const auto& step = schedule.steps[index];
    if (const auto* load = std::get_if<Load>(&step.instruction)) image_.input_lengths.push_back(load->length);
    if (const auto* store = std::get_if<Store>(&step.instruction))
      image_.output_lengths.push_back(store->length);
    if (const auto* matvec = std::get_if<Matvec>(&step.instruction); matvec != nullptr && matvec->stream != 0)
      image_.stream_schedule.push_back(
          {streamed_.at(step.slot), config().beats(matvec->rows) * matvec->columns});
  }
  image_.metadata = metadata;
  return std::move(image_);
}

}  // namespace stoic
