#pragma once
#include <string>
#include <vector>

#include "stoic/sim/contract/folder.hpp"
#include "stoic/sim/contract/image.hpp"

namespace stoic {

/// What RTL simulators and scripts read:
///
///   program.hex, weights.hex, tables.hex, stream_weights.hex
///                $readmemh, one memory word a line; a beat of weights is one word, lane 0 in its lowest bits
///   state.hex    $readmemh with @addresses: the state words that are set before the first START
///   arrays.npz   the same as integer arrays, and the stream schedule [matrices x (first beat, beats)]
std::vector<NamedFile> exported_memories(const Image& image);

/// manifest.json: the instance, the vectors with their binary points, stream lengths and schedule, and the
/// names of all files of the export.
std::string export_manifest(const Image& image, const std::vector<std::string>& files);

}  // namespace stoic
