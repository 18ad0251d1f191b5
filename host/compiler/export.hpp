#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// Writes what RTL simulators and scripts read, into `folder` (made when missing); returns the names of the
/// files.
///
///   program.hex, weights.hex, tables.hex, stream_weights.hex   $readmemh, one memory word a line; a beat of
///   weights is
///                                                              one word, lane 0 in its lowest bits
///   state.hex       $readmemh with @addresses: the state words that are set before the first START
///   arrays.npz      the same as integer arrays, and the stream schedule [matrices x (first beat, beats)]
///   manifest.json   the instance, the vectors with their binary points, stream lengths and schedule
///
/// Throws Error when something cannot be written.
std::vector<std::string> export_image(const Image& image, const std::filesystem::path& folder);

}  // namespace stoic
