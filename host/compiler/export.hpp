#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/compiler/export_firmware.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/io/folder.hpp"

namespace stoic {

/// What RTL simulators and scripts read:
///
///   program.hex, weights.hex, tables.hex, stream_weights.hex
///                $readmemh, one memory word a line; a beat of weights is one word, lane 0 in its lowest bits
///   state.hex    $readmemh with @addresses: the state words that are set before the first START
///   arrays.npz   the same as integer arrays, and the stream schedule [matrices x (first beat, beats)]
///
/// Of a network that begins elsewhere in these memories each file begins with its @address; `image` as it was compiled.
std::vector<NamedFile> exported_memories(const Image& image, const Placement& placement = {});

/// What a test bench of any simulator plays and compares (rtl/bench/), $readmemh, one number a line:
///
///   inputs.hex           the beats of all samples as they stand on the input stream, TLAST above the data
///   outputs.hex          the beats that golden answers, likewise
///   stream_schedule.hex  for each matrix that is streamed in a sample: first beat of stream_weights.hex,
///   beats
///
/// Every sample starts from state.hex. Empty without samples. `codes`: of all samples, as the image loads
/// them.
std::vector<NamedFile> exported_bench(const Image& image, const std::vector<std::int32_t>& codes);

/// manifest.json: what the network is called and where it lies, the instance, the vectors with their binary points, stream lengths and schedule, and the
/// names of all files of the export.
std::string export_manifest(const Image& image, const std::vector<std::string>& files,
                            const ExportedAs& as = {});

}  // namespace stoic
