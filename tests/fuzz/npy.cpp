// Single NumPy arrays: their headers, and as the one entry of an archive, where bytes are turned into our
// order.
#include "stoic/host/model/npy.hpp"

#include "fuzz.hpp"
#include "mend.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::fuzz {
namespace {

std::string array(const std::string& type, const std::vector<std::int64_t>& shape, std::size_t bytes) {
  return npy_header_text(type, shape) + std::string(bytes, '\1');
}

void check_header(std::string_view input) {
  const auto size = npy_header_size(input.substr(0, 12), "array");
  if (size > input.size()) return;
  const auto header = parse_npy_header(input.substr(0, size), "array");
  require(header.element_size() > 0 || header.data_size() == 0, "elements of no size make no data");
}

}  // namespace

void run(std::string_view input) {
  if (input.size() >= 12) check_header(input);
  const NpzReader reader(zip_of("W_in.npy", input), "model.npz");
  const auto array = reader.read("W_in", 1 << 20);
  require(array.bytes.size() == reader.header("W_in").data_size(),
          "an array has the bytes that its header names");
  for (const auto& shape : {array.shape, std::vector<std::int64_t>{1, 1}}) try {
      if (shape.size() == 2) reader.read_matrix("W_in", shape[0], shape[1]);
      if (shape.size() == 1) reader.read_vector("W_in", shape[0]);
    } catch (const Error&) {
    }
  reader.read_text("W_in");
}

std::vector<std::string> seeds() {
  auto fortran = array(">f4", {2, 3}, 24);
  fortran.replace(fortran.find("False"), 5, "True ");
  return {array("<f4", {3, 4}, 48),
          array("<f8", {5}, 40),
          array("<U3", {}, 12),
          array("|S5", {}, 5),
          array("|u1", {7}, 7),
          array("<c8", {1, 2}, 16),
          fortran};
}

std::vector<std::string> words() {
  return {"\x93NUMPY",
          "'descr'",
          "'fortran_order'",
          "'shape'",
          "True",
          "False",
          "'<f4'",
          "'>f8'",
          "'|O'",
          "'<U1000'",
          "(1,)",
          "()",
          "(2, 3)",
          "9223372036854775807",
          "4294967296",
          "{",
          "}"};
}

}  // namespace stoic::fuzz
