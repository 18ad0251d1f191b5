#pragma once
#include <Eigen/Core>
#include <cstdint>

#include "stoic/host/data/samples.hpp"
#include "stoic/host/kernels/panels.hpp"
#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// Writes u = input_scale * v + input_offset of one sample into column `column` of `inputs`; v are pixels.
template <class Scalar>
void fill_input(const Recipe& recipe, const std::uint8_t* pixels, Panels<Scalar>& inputs,
                Eigen::Index column);

/// The same of sample number `sample`, pixels or real values.
template <class Scalar>
void fill_input(const Recipe& recipe, const Samples& samples, std::int64_t sample, Panels<Scalar>& inputs,
                Eigen::Index column);

/// Asks memory for a sample that will be read soon: an epoch takes samples in an order that no processor foresees.
void expect_input(const Samples& samples, std::int64_t sample);

/// Throws Error unless a sample has as many elements as the recipe has inputs.
void require_inputs(const Recipe& recipe, const Samples& samples);

}  // namespace stoic
