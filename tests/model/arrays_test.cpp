// Arrays of a model's file that its system does not use.
#include <gmock/gmock.h>

#include <filesystem>

#include "../temporary_folder.hpp"
#include "stoic/host/model/model.hpp"
#include "stoic/host/model/npz.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace arrays_test {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

const std::filesystem::path trained = STOIC_SOURCE_DIR "/models/letters-csto.npz";

/// The trained model with one array more.
void write_with(const std::filesystem::path& path, NpzArray more) {
  const NpzReader file(trained);
  std::vector<NpzArray> arrays;
  for (const auto& name : file.names()) arrays.push_back(file.read(name));
  arrays.push_back(std::move(more));
  write_npz(path, arrays);
}

TEST(ArraysOfAModel, ThatItsSystemDoesNotUseAreRefusedByName) {
  const TemporaryFolder folder;
  const std::vector<float> values(60, 1.0F);
  for (const char* name : {"b_input", "b_hidden", "W_reservoir", "W_coupling_1", "b_out", "scale"}) {
    const auto path = folder.path() / "more.npz";
    write_with(path, npz_array(name, {60, 1}, std::span<const float>(values)));
    EXPECT_THAT(
        [&] { read_model(path); },
        ThrowsMessage<Error>(AllOf(HasSubstr(path.string()), HasSubstr(std::string("\"") + name + "\""),
                                   HasSubstr("\"csto\""), HasSubstr("W_coupling"), HasSubstr("remove"))))
        << name;
  }
}

TEST(ArraysOfAModel, ABiasOfAReadInThatTheSystemHasNotIsRefusedWithoutAKeyToAdd) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "bias.npz";
  const NpzReader file(STOIC_SOURCE_DIR "/models/letters-sa-node.npz");
  std::vector<NpzArray> arrays;
  for (const auto& name : file.names()) arrays.push_back(file.read(name));
  arrays.push_back(npz_array("b_in", {49}, std::vector<float>(49, 1.0F)));
  write_npz(path, arrays);
  EXPECT_THAT([&] { read_model(path); },
              ThrowsMessage<Error>(AllOf(HasSubstr("\"b_in\""), HasSubstr("\"sa-node\""),
                                         testing::Not(HasSubstr("read_in_bias")))));
}

TEST(ArraysOfAModel, AreRefusedWithTheNameThatWasNear) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "more.npz";
  write_with(path, npz_array("W_ot", {1}, std::vector<double>{1}));
  EXPECT_THAT([&] { read_model(path); }, ThrowsMessage<Error>(HasSubstr("rename it if it is \"W_out\"")));
}

TEST(ArraysOfAModel, ThatAreNotesInWordsOrWholeNumbersMayStay) {
  const TemporaryFolder folder;
  write_with(folder / "text.npz", npz_text("remark", "trained on a Sunday"));
  write_with(folder / "count.npz", npz_array("epochs", {1}, std::vector<std::int32_t>{20}));
  EXPECT_NO_THROW(read_model(folder / "text.npz"));
  EXPECT_NO_THROW(read_model(folder / "count.npz"));
}

}  // namespace arrays_test
}  // namespace stoic
