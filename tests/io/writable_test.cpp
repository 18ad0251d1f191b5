#include "stoic/sim/io/writable.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "../temporary_folder.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/unfinished.hpp"

namespace stoic {
namespace writable_test {

using testing::HasSubstr;

template <class Function>
std::string error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

std::string refusal(const std::filesystem::path& path) {
  return error_of([&] { require_writable(path); });
}

TEST(Writable, IsAFileThatIsThereOrCanBeMadeAndNothingIsChanged) {
  const TemporaryFolder folder;
  std::ofstream(folder / "old") << "old";
  std::filesystem::create_symlink("old", folder / "link");
  for (const char* name : {"old", "new", "link"}) EXPECT_EQ(refusal(folder / name), "no error");
  EXPECT_EQ(refusal("/dev/null"), "no error");
  EXPECT_EQ(read_file(folder / "old"), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
}

TEST(Writable, IsNoFolderNorAFileWhereNoneCanBeMade) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "text";
  EXPECT_THAT(refusal(folder.path()), HasSubstr("is a folder"));
  EXPECT_THAT(refusal(folder / "absent" / "m.npz"), HasSubstr("does not exist; create it first"));
  EXPECT_THAT(refusal(folder / "file" / "m.npz"), HasSubstr("m.npz"));
  EXPECT_THAT(refusal(folder / std::string(300, 'n')), HasSubstr("too long"));
  EXPECT_THAT(refusal("/proc/m.npz"), HasSubstr("cannot be written"));
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
}

TEST(Writable, IsAFolderThatIsThereOrCanBeMade) {
  const TemporaryFolder folder;
  std::ofstream(folder / "file") << "text";
  const auto folder_refusal = [](const std::filesystem::path& path) {
    return error_of([&] { require_writable_folder(path); });
  };
  EXPECT_EQ(folder_refusal(folder.path()), "no error");
  EXPECT_EQ(folder_refusal(folder / "new"), "no error");
  EXPECT_EQ(folder_refusal(folder / "new" / "newer"), "no error");
  EXPECT_FALSE(std::filesystem::exists(folder / "new")) << "it only looks";
  EXPECT_THAT(folder_refusal(folder / "file"), HasSubstr("is no folder"));
  EXPECT_THAT(folder_refusal(folder / "file" / "new"), HasSubstr("file/new"));
  EXPECT_THAT(folder_refusal(folder / std::string(300, 'n')), HasSubstr("too long"));
  EXPECT_THAT(folder_refusal("/proc"), HasSubstr("cannot be written"));
  EXPECT_THAT(folder_refusal("/proc/new"), HasSubstr("cannot be written"));
}

TEST(UnfinishedFiles, AreRemovedWhileTheyAreNamed) {
  const TemporaryFolder folder;
  for (const char* name : {"done", "part"}) std::ofstream(folder / name) << name;
  { const UnfinishedFile done((folder / "done").string()); }
  EXPECT_FALSE(any_unfinished_file());
  const UnfinishedFile part((folder / "part").string());
  EXPECT_TRUE(any_unfinished_file());
  remove_unfinished_files();
  EXPECT_TRUE(std::filesystem::exists(folder / "done"));
  EXPECT_FALSE(std::filesystem::exists(folder / "part"));
}

TEST(UnfinishedFiles, OfAnyNumberAndNameAreNoDanger) {
  std::vector<std::unique_ptr<UnfinishedFile>> many;
  for (int i = 0; i < 20; ++i) many.push_back(std::make_unique<UnfinishedFile>(std::string(1000 * i, 'x')));
  remove_unfinished_files();
  many.clear();
  EXPECT_FALSE(any_unfinished_file());
}

}  // namespace writable_test
}  // namespace stoic
