#include "stoic/sim/io/file.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace file_test {

using testing::HasSubstr;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("stoic-file-test-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }
  std::filesystem::path folder_;
};

std::string message_of_writing(const std::filesystem::path& path) {
  try {
    write_file_atomically(path, "bytes");
  } catch (const Error& error) {
    return error.what();
  }
  return "written";
}

TEST_F(Files, WrittenFilesReadBackAndLeaveNothingBeside) {
  const std::string bytes("a\0b\n", 4);
  write_file_atomically(folder_ / "x", bytes);
  write_file_atomically(folder_ / "x", bytes);
  EXPECT_EQ(read_file(folder_ / "x"), bytes);
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, AMissingFolderOrAFolderAsTargetIsNamed) {
  EXPECT_THAT(message_of_writing(folder_ / "none" / "x"),
              HasSubstr("No such file or directory; nothing was changed"));
  EXPECT_THAT(message_of_writing(folder_), HasSubstr("Is a directory"));
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Files, AFullDiskIsNamedAndKeepsTheOldFile) {
  if (!std::filesystem::exists("/dev/full")) return;
  EXPECT_THAT(message_of_writing("/dev/full"), HasSubstr("No space left on device"));
}

TEST_F(Files, ReadingRefusesFoldersMissingFilesAndTooLargeOnes) {
  EXPECT_THROW(read_file(folder_), Error);
  EXPECT_THROW(read_file(folder_ / "none"), Error);
  write_file_atomically(folder_ / "x", "12345");
  EXPECT_THROW(read_file(folder_ / "x", 4), Error);
  EXPECT_EQ(read_file(folder_ / "x", 5), "12345");
}

}  // namespace file_test
}  // namespace stoic
