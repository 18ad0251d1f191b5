#pragma once
#include <span>
#include <string>
#include <vector>

#include "stoic/sim/contract/image.hpp"

// Parts of the C that export_c.cpp writes.
namespace stoic {

/// Elements of the state memory, from the first on, that the program reaches.
std::int64_t c_state_elements(const Image& image);
/// "\n  1, 2, 3" some to a line.
std::string c_list(std::span<const std::int32_t> values);
/// Text that ends no comment.
std::string c_comment(std::string text);
/// Types, and the arithmetic of the contract.
std::string c_preamble(const HardwareConfig& config, const std::string& name);
std::string c_header(const Image& image, const std::string& name);
/// NAME_class().
std::string c_class(const std::string& name, const std::vector<std::int64_t>& output_lengths);

}  // namespace stoic
