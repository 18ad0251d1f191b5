#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "stoic/host/compiler/input_codes.hpp"
#include "stoic/host/learning/noise.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/sim/contract/image.hpp"

// What the compiler notes in an image beside the program, as JSON in its metadata: written and read here.
namespace stoic {

/// The real function that a FUNCTION stands for: see real_function() of compare/local_error.hpp.
struct FunctionNote {
  std::int64_t slot = 0;  ///< program word
  std::string name;
  std::int64_t input_fraction_bits = 0, output_fraction_bits = 0;
  std::vector<double> parameters;
};

/// A vector of the float reference that an instruction computes, each time it runs the next of its name.
struct ResultNote {
  std::int64_t slot = 0;
  std::string name;
  std::int64_t fraction_bits = 0;
  std::optional<std::int64_t> word;  ///< of an instruction with several; nothing: its destination
  std::string label;                 ///< with # for a number that counts from `first`; empty: the name
  std::int64_t first = 0;
};

/// A part of the network begins with this program word.
struct PhaseNote {
  std::int64_t slot = 0;
  std::string name;
};

struct ImageNotes {
  std::string recipe;  ///< as recipe_text() writes it
  Noise noise;         ///< that the program adds
  std::vector<FunctionNote> functions;
  std::vector<ResultNote> results;
  std::vector<PhaseNote> phases;
  std::optional<InputCoding> input;  ///< nothing for pixels
  std::optional<TrainingData> training_data;
};

/// The metadata of an image with these notes.
std::string image_notes_text(const ImageNotes& notes);

// Each reader takes the part that it is about, and nothing of an image without it (one that no compiler
// made). They throw Error, naming `where` and the place, when that part cannot be read.

/// The recipe that an image was compiled from. Throws Error when the image carries none.
Recipe recipe_of(const Image& image, const std::string& where);
/// What its model was trained on, if that is known.
std::optional<TrainingData> training_data_of(const Image& image, const std::string& where);
Noise noise_of(const Image& image, const std::string& where);
/// `inputs`: elements of a sample.
std::optional<InputCoding> input_coding_of(const Image& image, std::int64_t inputs, const std::string& where);
std::vector<FunctionNote> functions_of(const Image& image, const std::string& where);
std::vector<ResultNote> results_of(const Image& image, const std::string& where);
std::vector<PhaseNote> phases_of(const Image& image, const std::string& where);

/// The image for other draws of noise of the same strength.
Image with_trial(Image image, std::uint64_t trial);

/// As they stand in metadata and in results of commands.
nlohmann::ordered_json noise_json(const Noise& noise);
nlohmann::ordered_json input_json(const InputCoding& coding);

}  // namespace stoic
