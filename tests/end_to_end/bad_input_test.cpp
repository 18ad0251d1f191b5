// Whatever is wrong gets exit code 3, one line that names the file, and nothing is written.
#include <gmock/gmock.h>

#include <algorithm>

#include "process.hpp"
#include "stoic/sim/io/file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace bad_input_test {

using testing::HasSubstr;

class BadInput : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    ASSERT_EQ(run_stoic({"train", "letters-ffesn", "-o", path("m.npz"), "--epochs", "1", "--set",
                         "data.train_samples=100", "--set", "data.test_samples=10"})
                  .exit_code,
              0);
    ASSERT_EQ(run_stoic({"compile", path("m.npz"), "--hw", "compact", "-o", path("m.img")}).exit_code, 0);
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }
  static std::string file(const std::string& name, const std::string& bytes) {
    write_file_atomically(path(name), bytes);
    return path(name);
  }

  static void expect_refusal(const std::vector<std::string>& arguments, const std::string& file,
                             const std::string& words) {
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, 3) << finished.out << finished.err;
    EXPECT_THAT(finished.err, HasSubstr(file));
    EXPECT_THAT(finished.err, HasSubstr(words));
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_EQ(finished.out, "");
    EXPECT_FALSE(std::filesystem::exists(path("out")));
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};
std::unique_ptr<TemporaryFolder> BadInput::folder_;

TEST_F(BadInput, MissingAndWrongFiles) {
  expect_refusal({"eval", path("none.npz")}, "none.npz", "no such file");
  expect_refusal({"eval", file("empty.npz", "")}, "empty.npz", "");
  expect_refusal({"compile", path("m.img"), "-o", path("out")}, "m.img", "");
  expect_refusal({"export", path("m.npz"), "-o", path("out")}, "m.npz", "is no stoic image");
  expect_refusal({"info", file("x.bin", "hello")}, "x.bin", "is neither");
  expect_refusal({"train", path("none.json"), "-o", path("out")}, "none.json", "no such file");
  expect_refusal({"train", "leters-ffesn", "-o", path("out")}, "leters-ffesn", "did you mean letters-ffesn?");
}

TEST_F(BadInput, OscillatorsThatPhysicsForbids) {
  const auto expect = [](const std::string& assignment, const std::string& words) {
    expect_refusal({"train", "letters-csto", "-o", path("out"), "--set", assignment}, "letters-csto", words);
  };
  expect("free_layer_volume_nm3=0", "a free layer needs a positive one");
  expect("pinned_layer=[1, 0.1, 0]", "the direction of a magnetisation is a unit vector");
  expect("temperature_K=-1", "there is nothing below absolute zero");
  expect("step_ps=300", "unstable above 2.83; use at most");
  expect("coupling_Oe=20000", "and RK4 is unstable");
  expect("spin_torque_asymmetry=-1", "has a pole where m·p = 1");
  expect("spin_torque_asymmetry=1.5", "has a pole where m·p = -0.66");
  expect("gilbert_damping=-0.1", "would feed energy in from nowhere");
  expect("step_ps=7", "does not divide");
  expect("renormalise=2", "renormalise");
}

TEST_F(BadInput, Recipes) {
  const auto letters = read_file(STOIC_SOURCE_DIR "/models/letters-ffesn.json");
  expect_refusal({"train", file("cut.json", letters.substr(0, letters.size() / 2)), "-o", path("out")},
                 "cut.json", "line");
  auto misspelt = letters;
  misspelt.replace(misspelt.find("\"neurons\""), 9, "\"nuerons\"");
  expect_refusal({"train", file("misspelt.json", misspelt), "-o", path("out")}, "misspelt.json", "nuerons");
  expect_refusal({"train", "letters-ffesn", "-o", path("out"), "--set", "training.learning_rat=1"},
                 "letters-ffesn", "learning_rate");
  expect_refusal({"train", "letters-ffesn", "-o", path("out"), "--set", "density=2"}, "density", "2");
  expect_refusal({"train", "letters-ffesn", "-o", path("out"), "--set", "neurons=\"many\""}, "neurons",
                 "many");
  expect_refusal({"train", "letters-ffesn", "-o", path("out"), "--set", "classes=3"}, "classes", "");
}

TEST_F(BadInput, DataFolders) {
  expect_refusal({"train", "mnist-ffesn", "-o", path("out"), "--data-dir", path("nowhere")}, "nowhere", "");
}

TEST_F(BadInput, ImagesOfAnotherInstanceOrDamaged) {
  expect_refusal({"eval", path("m.img"), "--backend", "golden", "--hw", "wide"}, "m.img",
                 "was compiled for the instance compact");
  expect_refusal({"eval", path("m.img")}, "m.img", "--backend golden");
  auto bytes = read_file(path("m.img"));
  expect_refusal({"export", file("cut.img", bytes.substr(0, bytes.size() - 7)), "-o", path("out")}, "cut.img",
                 "cut short");
  expect_refusal({"export", file("long.img", bytes + "x"), "-o", path("out")}, "long.img", "after its end");
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  expect_refusal({"export", file("flipped.img", bytes), "-o", path("out")}, "flipped.img", "damaged");
}

TEST_F(BadInput, HardwareConfigurations) {
  expect_refusal({"compile", path("m.npz"), "--hw", "defalt", "-o", path("out")}, "defalt",
                 "did you mean default?");
  auto text = read_file(STOIC_SOURCE_DIR "/hw-configs/compact.json");
  text.replace(text.find("\"lanes\": 4"), 10, "\"lanes\": 5");
  expect_refusal({"compile", path("m.npz"), "--hw", file("five.json", text), "-o", path("out")}, "five.json",
                 "power of two");
}

TEST_F(BadInput, PlacesThatCannotBeWritten) {
  expect_refusal({"train", "letters-ffesn", "-o", path("none/m.npz")}, "none/m.npz", "does not exist");
  expect_refusal({"compile", path("m.npz"), "-o", path("none/m.img")}, "none/m.img", "cannot be written");
  expect_refusal({"compile", path("m.npz"), "-o", "/dev/full"}, "/dev/full", "No space left on device");
  expect_refusal({"export", path("m.img"), "-o", path("m.npz")}, "m.npz", "cannot be made");
}

}  // namespace bad_input_test
}  // namespace stoic
