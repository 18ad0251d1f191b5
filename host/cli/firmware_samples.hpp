#pragma once
#include "stoic/host/compare/evaluate.hpp"
#include "stoic/host/compiler/compile.hpp"
#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic/host/compiler/input_codes.hpp"

namespace stoic::cli {

/// All samples of a data set as the image takes them. Throws Error when they do not fit it.
ExportedSamples firmware_samples(const Image& image, const Dataset& data);

}  // namespace stoic::cli
