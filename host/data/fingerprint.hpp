#pragma once
#include <optional>
#include <string>

#include "stoic/host/data/dataset.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/host/model/training_data.hpp"

namespace stoic {

/// Tells data sets apart: the CRC-32 of all pixels, then that of all labels, as 16 hexadecimal digits. In
/// Python: f"{zlib.crc32(pixels):08x}{zlib.crc32(labels):08x}" of uint8 arrays; of real values, before they
/// are standardised, float64 arrays.
std::string fingerprint(const Dataset& data);
/// Tells models apart: the CRC-32 of W_in, b_in, the filters of convolutions, the system's matrices by their names
/// and W_out where it is trained, each column by column as float64, one behind the other, as 8 hexadecimal digits.
std::string fingerprint(const Model& model);
DataHalf half_of(const Dataset& data);

/// How many samples there are when equal ones count once.
std::int64_t distinct_samples(const Samples& samples);

/// Whether data is made from the recipe, and not read from files.
bool is_generated(const Recipe& recipe);
/// What decides the data, apart from the files that it is read from: recipes with equal keys share theirs.
std::string data_key(const Recipe& recipe);

/// What a training that `recipe` names has to remember of its data.
TrainingData training_data(const Recipe& recipe, const Dataset& training, const Dataset* test = nullptr);

/// Whether `found`, the whole of the half that a recipe names, is what a model was trained on, or beside.
/// Nothing when that is not known.
std::optional<bool> is_data_of(const TrainingData& known, Split split, const Dataset& found);

/// The sentence for who has other data: "the test data here (...) is not that of the training (...); REMEDY".
/// `recipe` is what `found` was loaded by.
std::string other_data_text(const TrainingData& known, Split split, const Recipe& recipe,
                            const Dataset& found);

}  // namespace stoic
