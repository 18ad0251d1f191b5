// Models and images that come through a pipe, which can be read once.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>
#include <memory>

#include "process.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace pipe_test {

using testing::HasSubstr;

class ThroughAPipe : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    ASSERT_EQ(run_stoic({"train", "letters-linear", "-o", path("m.npz"), "--epochs", "1", "--set",
                         "data.train_samples=100", "--set", "data.test_samples=20"})
                  .exit_code,
              0);
    ASSERT_EQ(run_stoic({"compile", path("m.npz"), "--hw", "default", "-o", path("m.img")}).exit_code, 0);
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static std::string path(const std::string& name) { return (folder_->path() / name).string(); }

  /// Runs `cat FILE | stoic OPTIONS`, where OPTIONS name /dev/stdin.
  static Finished run(const std::string& file, const std::string& options) {
    const auto line =
        "cat " + path(file) + " | " STOIC_COMMAND " " + options + " > " + path("out") + " 2> " + path("err");
    const int status = std::system(line.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_bytes(path("out")),
            read_bytes(path("err"))};
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};
std::unique_ptr<TemporaryFolder> ThroughAPipe::folder_;

TEST_F(ThroughAPipe, AModelIsReadOnceByEveryCommand) {
  for (const std::string options : {"eval /dev/stdin", "eval /dev/stdin --backend golden", "info /dev/stdin",
                                    "compile /dev/stdin", "compare /dev/stdin --no-word-lengths"}) {
    const auto finished = run("m.npz", options);
    EXPECT_EQ(finished.exit_code, 0) << options << ": " << finished.err;
  }
  EXPECT_THAT(run("m.npz", "info /dev/stdin").out, HasSubstr("a model; recipe"));
}

TEST_F(ThroughAPipe, AnImageIsReadOnceByEveryCommand) {
  for (const std::string& options :
       {std::string("eval /dev/stdin --backend golden"), std::string("info /dev/stdin"),
        std::string("cosim /dev/stdin --backend systemc --limit 2"),
        "export /dev/stdin -o " + path("exported")}) {
    const auto finished = run("m.img", options);
    EXPECT_EQ(finished.exit_code, 0) << options << ": " << finished.err;
  }
}

}  // namespace pipe_test
}  // namespace stoic
