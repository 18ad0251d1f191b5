#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "stoic/host/compiler/binary_point.hpp"
#include "stoic/host/compiler/function_table.hpp"
#include "stoic/host/compiler/image_notes.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// Where a matrix lies.
struct MatrixPlace {
  bool streamed = false;
  std::int64_t beat = 0;  ///< first beat, in the weight memory or among the streamed weights
};

/// Collects vectors, matrices, tables and instructions of one program and lays out the memories. Whatever
/// does not fit is refused by DoesNotFit, which names the limit of the instance.
class ProgramBuilder {
 public:
  explicit ProgramBuilder(const HardwareConfig& config);
  const HardwareConfig& config() const { return image_.config; }

  /// State words for a new vector; returns the first. At least `reserve` elements are set aside.
  std::int64_t vector(const std::string& name, std::int64_t length, std::int64_t fraction_bits,
                      std::int64_t reserve = 0);
  /// A second name for words that another vector no longer needs.
  std::int64_t overlay(const std::string& name, std::int64_t word, std::int64_t length,
                       std::int64_t fraction_bits);
  /// A vector that is set before the first START.
  std::int64_t constant(const std::string& name, const std::vector<std::int32_t>& codes,
                        std::int64_t fraction_bits);

  /// Places a matrix in the weight memory while there is room, else in the weight stream.
  MatrixPlace matrix(const QuantisedMatrix& matrix);

  std::int64_t free_table_words() const;
  /// First word of a table.
  std::int64_t table(const FunctionTable& table);

  /// The instructions from here to the next phase belong together: a part of the network, for reports.
  void phase(const std::string& name);
  const std::vector<PhaseNote>& phases() const { return phases_; }

  /// Appends an instruction; `text` says what it is for. Returns its slot.
  std::int64_t emit(const Instruction& instruction, const std::string& text);
  /// Appends a MATVEC by a placed matrix.
  std::int64_t emit_matvec(Matvec matvec, const MatrixPlace& place, const std::string& text);

  std::int64_t state_words_used() const { return next_word_; }

  /// The image; its stream schedule and vector lists follow from the unrolled program.
  Image finish(const std::string& metadata);

 private:
  [[noreturn]] void refuse(const std::string& what, std::int64_t needed, const char* key,
                           std::int64_t has) const;
  void name_vector(const std::string& name, std::int64_t word, std::int64_t length,
                   std::int64_t fraction_bits);

  Image image_;
  std::vector<PhaseNote> phases_;
  std::int64_t next_word_ = 0;
  std::map<std::int64_t, std::int64_t> streamed_;  ///< slot of a MATVEC -> first beat of its streamed matrix
};

}  // namespace stoic
