#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/compiler/placement.hpp"
#include "stoic/sim/contract/image.hpp"
#include "stoic/sim/io/folder.hpp"

namespace stoic {

/// Samples that go with an exported image.
struct ExportedSamples {
  std::vector<std::int32_t> codes;  ///< what each sample puts on the input stream, one sample after the other
  std::vector<std::uint8_t> labels;  ///< the class of each
};

/// What an exported network is called, and where in the accelerator it lies.
struct ExportedAs {
  std::string name = "model";  ///< of its files, and what its C begins with; see name_fault()
  std::string version;         ///< of the network, printable ASCII of at most 31 characters
  Placement placement;
};

/// Why C and C++ do not take `name` for a network that the driver loads; empty when they do.
std::string name_fault(const std::string& name);

/// "stoic 0.1.0", what exports say of who wrote them.
const char* exporting_tool();

/// All samples as they lie on the input stream, one behind the other: each vector in whole beats.
std::string sample_bytes(const Image& image, const ExportedSamples& samples);

/// An image in the layout of firmware/driver/stoic_image.h: model.bin, behind it samples.bin at a multiple of
/// 16 bytes, as the firmware "replay" expects them in memory.
std::string replay_image(const Image& image, const ExportedSamples& samples);

/// What a firmware engineer takes over:
///
///   model.h, model.c   the network as constant arrays, C99 and C++11, `model`; with samples also
///                      model_samples, model_labels
///   model.bin          the same in one piece (firmware/driver/stoic_image.h)
///   samples.bin        the samples in one piece, when there are any
///   driver/            the driver in C99 with the generated headers, so that nothing else of stoic is needed
///
/// `image` as it was compiled: it is brought to the placement here. With another name these begin with it instead of "model".
/// Throws Error for an image that no driver can run: without outputs.
std::vector<NamedFile> exported_firmware(const Image& image, const ExportedSamples& samples,
                                         const ExportedAs& as = {});

/// The embedded files of firmware/driver and the generated headers: name and text.
const std::vector<std::pair<std::string, std::string>>& driver_files();

}  // namespace stoic
