#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "stoic/host/compiler/export_firmware.hpp"

namespace stoic {

/// Throws Error unless `folder` can take an export: it does not exist yet, is empty, or holds an export and
/// nothing else (unfinished files of a killed run count for nothing).
void require_export_folder(const std::filesystem::path& folder);

/// Makes what exported_memories(), exported_firmware() and export_manifest() return the content of `folder`,
/// as one (write_folder()): files of an earlier export go. Returns the names of the files. Throws Error as
/// require_export_folder(), exported_firmware() and write_folder() do. The test bench of rtl/bench begins with program word 0:
/// for a network that does not, its files are left out.
std::vector<std::string> write_export(const std::filesystem::path& folder, const Image& image,
                                      const ExportedSamples& samples, const ExportedAs& as = {});

/// The same with a network as C99 that needs no accelerator: exported_c() of this name, and a manifest.
std::vector<std::string> write_c_export(const std::filesystem::path& folder, const Image& image,
                                        const ExportedAs& as);

/// Every file that an export into `folder` can have: those of this version, and those that the manifest of
/// the export there names.
std::vector<std::string> export_files(const std::filesystem::path& folder);

}  // namespace stoic
