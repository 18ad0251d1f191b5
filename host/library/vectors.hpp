#pragma once
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/library/network.hpp"
#include "stoic/host/library/options.hpp"

namespace stoic {

/// Which vectors of a network are wanted, and of which samples.
struct VectorsOptions {
  /// "x" for all x(0), x(1), ..., or one of them, "x(1)"; empty: all vectors.
  std::vector<std::string> names = {};
  std::optional<HardwareConfig> hw = {};  ///< nothing: "default"
  DataSource data = {};
  std::int64_t limit = 0;            ///< of test samples; 0: all
  std::string name = "the network";  ///< in messages
  WorkListener listener = {};
};

/// A vector that float and golden both compute, of every sample.
struct NetworkVector {
  std::string name;               ///< of this computation: "x(1)"
  std::string kind;               ///< what it is one of: "x"
  std::int64_t program_word = 0;  ///< of the instruction that computes it
  std::int64_t fraction_bits = 0;
  Matrix reference;                 ///< of float, in double precision [elements x samples]
  std::vector<std::int32_t> codes;  ///< of golden, sample after sample

  /// Real values of the codes: code * 2^-fraction_bits.
  Matrix fixed() const;
  double largest_error() const;  ///< max |fixed - reference|
};

struct VectorsResult {
  std::vector<NetworkVector> vectors;  ///< in the order of the program
  std::vector<std::uint8_t> labels;    ///< of the samples
  std::string hw;
  std::optional<bool> data_matches;  ///< whether the data is that of the training; nothing: not known
  std::vector<std::string> warnings;

  /// For people: a line for each vector.
  std::string print() const;
  /// The same, without the vectors themselves.
  nlohmann::ordered_json json() const;
  /// vectors.json, which json() is with the name of each file, and a NumPy .npz for each vector: "float" and
  /// "golden" (real values), "codes", each [samples x elements]; "fraction_bits"; "labels". Returns their
  /// names. They become the content of `folder`; one that holds anything else than earlier ones is refused.
  std::vector<std::string> write(const std::filesystem::path& folder) const;
};

/// Runs float and golden side by side on test data. Throws Error for a name that no vector has, for more
/// than 2 GiB of numbers, and as load_data() and compile() do.
VectorsResult vectors(const Network& network, const VectorsOptions& options = {});

/// The file of a folder of vectors that names the others.
constexpr const char* vectors_list = "vectors.json";
/// What an earlier list in the folder names, and the list; nothing where there is none.
std::vector<std::string> listed_vectors(const std::filesystem::path& folder);

/// Throws Error unless VectorsResult::write() may have this folder.
void require_vectors_folder(const std::filesystem::path& folder);

}  // namespace stoic
