#pragma once
#include <string>
#include <string_view>

/// Checksums put right, so that what a mutation did is read rather than refused at the door.
namespace stoic::fuzz {

/// Of the header and of every section of an image, and its size and config hash.
std::string mended_image(std::string bytes);

/// The last four bytes of a checkpoint.
std::string mended_checkpoint(std::string bytes);

/// Size and checksum of model.bin or samples.bin.
std::string mended_export(std::string bytes);

/// Of every stored entry of a zip file.
std::string mended_zip(std::string bytes);

/// A zip file with one stored entry.
std::string zip_of(std::string_view name, std::string_view bytes);

}  // namespace stoic::fuzz
