#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "stoic/host/model/recipe.hpp"

namespace stoic {

/// One row of a table of results.
struct TableRow {
  std::string name, recipe;
  std::vector<std::string> settings;
  std::string paper;  ///< as the paper prints it
};

/// What a file of rows asks for.
struct RowsFile {
  std::vector<std::uint64_t> seeds;
  std::string hw;  ///< name of an instance, or a path
  std::vector<TableRow> rows;
};

/// Throws Error that names key, row and reason.
RowsFile read_rows(const std::string& path);

/// The name of a row's files: what is a letter or a digit in its name.
std::string file_name(const TableRow& row, std::uint64_t seed);

/// Throws Error, with the nearest name, unless each of `names` is one of a row of the file at `path`.
void require_rows(const RowsFile& file, const std::string& path, const std::vector<std::string>& names);

/// The recipe of each row with each seed: all are checked before hours of training. Throws Error.
std::vector<std::vector<Recipe>> recipes_of(const RowsFile& file, const std::string& path);

}  // namespace stoic
