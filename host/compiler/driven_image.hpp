#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "stoic/host/driven/driven_model.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// What an image of a driven reservoir says of its two ends. A sample of such an image is a time step: it takes
/// the inputs, behind them the outputs of the step before where there is feedback, and gives the outputs. Its
/// state goes on from sample to sample and from START to START.
struct DrivenImage {
  DrivenRecipe recipe;
  std::int64_t input_bits = 0, output_bits = 0;  ///< fraction bits of codes
  /// How often what is taken stands in a step's codes, and how often what is given: then each time it is counted
  /// from elsewhere, so that all of them together say more than one word does. Their mean is the number.
  std::int64_t repeats = 1, output_repeats = 1;
  Eigen::VectorXd centre;  ///< ū of each code of a step: codes of what is taken stand for values less these
  Scaling input, output;   ///< codes stand for scaled values
  std::int64_t state_width = 16;
  std::string learnt_from = {};  ///< as DrivenModel has it
  std::int64_t inputs() const { return input.mean.size(); }
  std::int64_t outputs() const { return output.mean.size(); }
  /// Numbers of a step that are taken: inputs, and what is fed back.
  std::int64_t taken() const { return inputs() + (recipe.drive.feedback > 0 ? outputs() : 0); }
  std::int64_t output_codes() const { return outputs() * output_repeats; }
  /// Codes of a step: of `inputs`, and of what is fed back, both scaled values.
  void fill(const Eigen::Ref<const Eigen::VectorXd>& values,
            const Eigen::Ref<const Eigen::VectorXd>& fed_back, std::span<std::int32_t> codes) const;
  /// Scaled values of output codes.
  Eigen::VectorXd values(std::span<const std::int32_t> codes) const;
};

bool is_driven_image(const Image& image);
/// What is to be put back before every sample, by its elements of the state memory: what a sample leaves behind
/// and another may use (carried_elements()), but nothing of a series, whose state goes on.
std::vector<std::int64_t> restored_elements(const Image& image);
/// Throws Error, naming `where`, for an image of another kind and for metadata that contradict it.
DrivenImage driven_image(const Image& image, const std::string& where);
/// Its text in the image's metadata.
std::string driven_metadata(const DrivenImage& image);

}  // namespace stoic
