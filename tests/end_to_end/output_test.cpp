// What -o may name, and what it must not destroy.
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>

#include "process.hpp"
#include "stoic/host/sweep/run.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace output_test {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Output : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = std::make_unique<TemporaryFolder>();
    const auto path = [](const char* name) { return (*shared_ / name).string(); };
    ASSERT_EQ(
        run_stoic({"train", "letters-ffesn", "--set", "training.epochs=1", "--set", "neurons=20", "--set",
                   "data.train_samples=200", "--set", "data.test_samples=50", "-o", path("m.npz")})
            .exit_code,
        0);
    ASSERT_EQ(run_stoic({"compile", path("m.npz"), "--hw", "tiny", "-o", path("m.img")}).exit_code, 0);
  }
  static void TearDownTestSuite() { shared_.reset(); }

  void SetUp() override {
    for (const auto* name : {"m.npz", "m.img"}) fs::copy_file(*shared_ / name, folder_ / name);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string file(const std::string& name, const std::string& text) const {
    write_bytes(folder_ / name, text);
    return path(name);
  }
  /// The command refuses and `input` stays as it is.
  static void expect_kept(const std::string& input, const std::vector<std::string>& arguments,
                          const char* why = "would overwrite") {
    const auto before = read_bytes(input);
    const auto finished = run_stoic(arguments);
    EXPECT_EQ(finished.exit_code, 3) << arguments[0] << " " << input;
    EXPECT_THAT(finished.err, HasSubstr(why)) << arguments[0] << " " << input;
    EXPECT_EQ(read_bytes(input), before);
  }

  static std::unique_ptr<TemporaryFolder> shared_;
  TemporaryFolder folder_;
};
std::unique_ptr<TemporaryFolder> Output::shared_;

TEST_F(Output, ADashIsStandardOutputAndTheReportGoesToStandardError) {
  for (const char* name : {"-", "/dev/stdout", "/proc/self/fd/1"}) {
    const auto compiled = run_stoic({"compile", path("m.npz"), "--hw", "tiny", "-o", name});
    EXPECT_EQ(compiled.exit_code, 0) << compiled.err;
    EXPECT_EQ(compiled.out, read_bytes(path("m.img"))) << name;
    EXPECT_THAT(compiled.err, HasSubstr("cycles an inference"));
  }
  EXPECT_TRUE(fs::is_symlink("/dev/stdout"));
  EXPECT_TRUE(run_stoic({"eval", path("m.npz"), "-o", "-"}).out.starts_with("PK"));
  EXPECT_EQ(run_stoic({"compile", path("m.npz"), "-o", "-", "--json"}).exit_code, 3);
  EXPECT_EQ(run_stoic({"export", path("m.img"), "-o", "-"}).exit_code, 3);
}

TEST_F(Output, NeverOverwritesAnInputByAnyName) {
  const auto model = path("m.npz");
  fs::create_symlink("m.npz", path("link.npz"));
  fs::create_hard_link(model, path("hard.npz"));
  for (const auto& name : {model, path("./m.npz"), path("link.npz"), path("hard.npz")}) {
    expect_kept(model, {"compile", model, "-o", name});
    expect_kept(model, {"eval", model, "-o", name});
  }
  const auto hw = file("own.json", read_bytes(STOIC_SOURCE_DIR "/hw-configs/tiny.json"));
  expect_kept(hw, {"compile", model, "--hw", hw, "-o", hw});
  const auto recipe = file("recipe.json", read_bytes(STOIC_SOURCE_DIR "/models/letters-ffesn.json"));
  expect_kept(recipe, {"train", recipe, "-o", recipe});
  expect_kept(recipe, {"train", recipe, "-o", path("n.npz"), "--checkpoint", recipe});
  expect_kept(model, {"train", recipe, "-o", model, "--checkpoint", path("./m.npz")}, "name the same file");
  const auto data = file("train-images-idx3-ubyte", "data");
  expect_kept(data, {"compile", model, "--data-dir", folder_.path().string(), "-o", data});
  fs::create_hard_link(path("m.img"), path("m.vcd"));
  expect_kept(path("m.img"), {"cosim", path("m.img"), "--backend", "systemc", "--trace", path("m.vcd")});
  const auto sweep =
      file("table.csv", R"({"recipe": "letters-ffesn", "seeds": [1], "grid": {"steps": [1, 2]}})");
  expect_kept(sweep, {"sweep", sweep, "-o", folder_.path().string()});
}

TEST_F(Output, ExportReportAndReproductionRefuseForeignFoldersAndTheirOwnPartsAreNoObstacle) {
  fs::create_directories(path("mine"));
  const auto notes = file("mine/notes.txt", "mine");
  const auto rows = file("rows.json", R"({"hw": "tiny", "seeds": [1], "rows": []})");
  expect_kept(notes, {"export", path("m.img"), "-o", path("mine")},
              "holds other things than an export, such as notes.txt");
  expect_kept(notes, {"compare", path("m.npz"), "-o", path("mine")}, "such as notes.txt");
  expect_kept(notes, {"reproduce", rows, "-o", path("mine")}, "such as notes.txt");
  ASSERT_EQ(run_stoic({"export", path("m.img"), "-o", path("export")}).exit_code, 0);
  file("export/model.c.part-4711", "of a killed run");
  EXPECT_EQ(run_stoic({"export", path("m.img"), "-o", path("export")}).exit_code, 0);
  const auto object = file("export/model.o", "mine");
  expect_kept(object, {"export", path("m.img"), "-o", path("export")}, "such as model.o");
}

std::map<std::string, std::string> content(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files[entry.path().lexically_relative(folder).string()] = read_bytes(entry.path());
  return files;
}

TEST_F(Output, AnExportIsReplacedAsOneOrNotAtAll) {
  ASSERT_EQ(run_stoic({"export", path("m.img"), "-o", path("export"), "--samples", "3"}).exit_code, 0);
  const auto before = content(path("export"));
  EXPECT_TRUE(before.contains("samples.bin"));
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{1000, limit.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);  // the program inherits it
  const auto full = run_stoic({"export", path("m.img"), "-o", path("export")});
  ::setrlimit(RLIMIT_FSIZE, &limit);
  EXPECT_EQ(full.exit_code, 3);
  EXPECT_THAT(full.err, HasSubstr("File too large; nothing was changed"));
  EXPECT_EQ(content(path("export")), before);
  ASSERT_EQ(run_stoic({"export", path("m.img"), "-o", path("export")}).exit_code, 0);
  const auto after = content(path("export"));
  const std::vector<std::string> of_samples{"samples.bin", "inputs.hex", "outputs.hex",
                                            "stream_schedule.hex"};
  for (const auto& name : of_samples) EXPECT_FALSE(after.contains(name)) << name;
  EXPECT_EQ(after.size(), before.size() - of_samples.size());
  for (const auto& entry : fs::directory_iterator(folder_.path()))
    EXPECT_THAT(entry.path().filename().string(), testing::Not(HasSubstr("stoic-part")));
}

TEST_F(Output, ShardsThatShareAFolderDisturbNeitherEachOtherNorTheUsersFiles) {
  const std::string text = R"({"recipe": "letters-linear", "seeds": [1], "grid": {"input_scale": [0.5, 1]},
    "set": {"training.epochs": 1, "data.train_samples": 50, "data.test_samples": 50}})";
  const auto name = file("grid.json", text);
  const auto folder = path("shared");
  fs::create_directories(folder + "/x.part-2");
  const auto notes = file("shared/notes.part-1", "mine");
  const auto first = run_stoic({"sweep", name, "-o", folder});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  const auto load = [](const std::string& recipe, const std::vector<std::string>& settings) {
    return parse_recipe(read_bytes(std::string(STOIC_SOURCE_DIR) + "/models/" + recipe + ".json"), recipe,
                        settings);
  };
  const auto sweep = parse_sweep(text, name, load);
  pid_t shards[2];
  for (auto& shard : shards)
    if ((shard = ::fork()) == 0) {
      try {
        for (int i = 0; i < 50; ++i) write_sweep_results(sweep, folder);
      } catch (const std::exception& error) {
        std::fputs(error.what(), stderr);
        ::_exit(1);
      }
      ::_exit(0);
    }
  for (const auto shard : shards) {
    int status = 0;
    ::waitpid(shard, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(read_bytes(notes), "mine");
  EXPECT_TRUE(fs::is_directory(folder + "/x.part-2"));
  fs::create_directories(path("other"));
  const auto table = file("other/table.csv", "mine");
  expect_kept(table, {"sweep", name, "-o", path("other")}, "that no sweep wrote");
}

TEST_F(Output, OfStatesIsAFolderOfVectorsAndOfNothingElse) {
  const auto states = path("states");
  const auto done =
      run_stoic({"eval", path("m.npz"), "--states", "x", "--limit", "4", "-o", states, "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const auto json = nlohmann::json::parse(done.out);
  EXPECT_EQ(json.at("samples"), 4);
  EXPECT_EQ(json.at("states").at(0).at("name"), "x(0)");
  for (const auto* name : {"vectors.json", "x-0.npz", "x-1.npz"})
    EXPECT_TRUE(fs::exists(path("states") + "/" + name));
  expect_kept(path("m.npz"), {"eval", path("m.npz"), "--states", "all", "-o", folder_.path().string()},
              "such as");
  EXPECT_EQ(run_stoic({"eval", path("m.npz"), "--states", "x"}).exit_code, 3);
  const auto image = run_stoic({"eval", path("m.img"), "--backend", "golden", "--states", "x", "-o", states});
  EXPECT_EQ(image.exit_code, 3);
  EXPECT_THAT(image.err, HasSubstr("give the model it was compiled from"));
}

}  // namespace output_test
}  // namespace stoic
