// A folder that is written as a whole: exchanged, or file by file where that cannot be.
#include "stoic/sim/io/folder.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/part_file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace folder_test {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> ours{"a", "b", "extra", "sub/c", "sub/extra"};

std::vector<NamedFile> content(const std::string& bytes) {
  return {{"a", bytes}, {"b", bytes}, {"sub/c", bytes}};
}

std::vector<std::string> names(const fs::path& folder) {
  std::vector<std::string> result;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_directory()) result.push_back(entry.path().lexically_relative(folder).string());
  std::sort(result.begin(), result.end());
  return result;
}

/// The message of the failure when no file can be larger than 100 bytes.
std::string message_on_full_disk(const fs::path& folder, const std::vector<NamedFile>& files) {
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit limit{100, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::string message = "written";
  try {
    write_folder(folder, files, ours);
  } catch (const Error& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  return message;
}

TEST(Folder, IsMadeWithItsParentsAndRenewedWithoutOldFiles) {
  const TemporaryFolder temporary;
  const auto folder = temporary / "x/y/folder/";
  auto files = content("old");
  files.push_back({"extra", "old"});
  files.push_back({"sub/extra", "old"});
  write_folder(folder, files, ours);
  EXPECT_THAT(names(folder), ElementsAre("a", "b", "extra", "sub/c", "sub/extra"));
  write_folder(folder, content("new"), ours);
  EXPECT_THAT(names(folder), ElementsAre("a", "b", "sub/c"));
  EXPECT_EQ(read_bytes(folder / "sub/c"), "new");
  EXPECT_THAT(names(temporary.path()).size(), 3u);
}

TEST(Folder, AFullDiskLeavesTheOldOneAsItWas) {
  const TemporaryFolder temporary;
  const auto folder = temporary / "folder";
  auto files = content("new");
  files[1].bytes.assign(1000, 'x');
  EXPECT_THAT(message_on_full_disk(temporary / "new/folder", files),
              AllOf(HasSubstr("File too large"), HasSubstr("nothing was changed")));
  EXPECT_TRUE(fs::is_empty(temporary.path()));
  write_folder(folder, content("old"), ours);
  EXPECT_THAT(message_on_full_disk(folder, files),
              AllOf(HasSubstr("File too large"), HasSubstr("nothing was changed")));
  for (const auto* name : {"a", "b", "sub/c"}) EXPECT_EQ(read_bytes(folder / name), "old");
  EXPECT_THAT(names(temporary.path()), ElementsAre("folder/a", "folder/b", "folder/sub/c"));
}

TEST(Folder, KeepsModesAndFollowsALinkToIt) {
  const TemporaryFolder temporary;
  const auto folder = temporary / "real";
  write_folder(folder, content("old"), ours);
  fs::permissions(folder, fs::perms(0750));
  fs::permissions(folder / "sub", fs::perms(0700));
  fs::permissions(folder / "a", fs::perms(0600));
  fs::create_directory_symlink("real", temporary / "link");
  write_folder(temporary / "link", content("new"), ours);
  EXPECT_TRUE(fs::is_symlink(temporary / "link"));
  EXPECT_EQ(fs::status(folder).permissions(), fs::perms(0750));
  EXPECT_EQ(fs::status(folder / "sub").permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(folder / "a").permissions(), fs::perms(0600));
  EXPECT_EQ(read_bytes(folder / "a"), "new");
}

TEST(Folder, WhatCannotBeExchangedIsWrittenFileByFileOrNotAtAll) {
  const TemporaryFolder temporary;
  const auto folder = temporary / "folder";
  write_folder(folder, content("old"), ours);
  write_bytes(temporary / "elsewhere", "old");
  fs::remove(folder / "b");
  fs::create_symlink("../elsewhere", folder / "b");
  auto files = content("new");
  files[2].bytes.assign(1000, 'x');
  EXPECT_THAT(message_on_full_disk(folder, files), HasSubstr("nothing was changed"));
  for (const auto* name : {"a", "b", "sub/c"}) EXPECT_EQ(read_bytes(folder / name), "old");
  write_folder(folder, content("new"), ours);
  EXPECT_TRUE(fs::is_symlink(folder / "b"));
  EXPECT_EQ(read_bytes(temporary / "elsewhere"), "new");
  EXPECT_THAT(names(folder), ElementsAre("a", "b", "sub/c"));
}

TEST(Folder, AFailureInTheMiddleNamesTheFilesThatAreNew) {
  const TemporaryFolder temporary;
  const auto folder = temporary / "folder";
  write_folder(folder, content("old"), ours);
  for (const auto* name : {"a", "b"}) fs::create_hard_link(folder / name, temporary / name);  // in place
  auto files = content("new");
  files[1].bytes.assign(1000, 'x');
  EXPECT_THAT(message_on_full_disk(folder, files), AllOf(HasSubstr("folder/b: cannot be written"),
                                                         HasSubstr("these are new: a; all others are old")));
  EXPECT_EQ(read_bytes(folder / "a"), "new");
  EXPECT_EQ(read_bytes(folder / "b"), "old");
  EXPECT_EQ(read_bytes(folder / "sub/c"), "old");
  EXPECT_THAT(names(folder), ElementsAre("a", "b", "sub/c"));
}

TEST(Folder, TheCurrentFolderStaysTheSame) {
  const TemporaryFolder temporary;
  const auto before = fs::current_path();
  fs::current_path(temporary.path());
  struct stat first {
  }, second{};
  ::stat(".", &first);
  write_folder(".", content("new"), ours);
  ::stat(temporary.path().c_str(), &second);
  fs::current_path(before);
  EXPECT_EQ(first.st_ino, second.st_ino);
  EXPECT_THAT(names(temporary.path()), ElementsAre("a", "b", "sub/c"));
}

TEST(Folder, ForeignEntriesAreNamedAndPartsAreNone) {
  const TemporaryFolder temporary;
  const auto folder = temporary / "folder";
  EXPECT_EQ(foreign_entry(folder, ours), "");
  write_folder(folder, content("old"), ours);
  write_bytes(folder / "a.part-4711", "of an earlier version");
  write_bytes(folder / part_file_name("b"), "unfinished");
  write_bytes(folder / "sub" / part_file_name("c"), "unfinished");
  fs::create_directories(folder / part_file_name("a"));
  EXPECT_EQ(foreign_entry(folder, ours), "");
  EXPECT_EQ(foreign_entry(folder, ours, false), "a");
  for (const std::string name : {"a.part-final", "c", "notes", "sub/d"}) {
    write_bytes(folder / name, "mine");
    EXPECT_EQ(foreign_entry(folder, ours), name);
    write_folder(folder, content("new"), ours);
    EXPECT_EQ(read_bytes(folder / name), "mine");
    fs::remove(folder / name);
  }
  EXPECT_EQ(read_bytes(folder / "a"), "new");
  fs::create_directories(folder / "mine");
  EXPECT_EQ(foreign_entry(folder, ours), "mine");
}

TEST(Folder, WhatAKilledProcessPreparedBesideGoesWithTheNextWriting) {
  const TemporaryFolder temporary;
  const pid_t dead = ::fork();
  if (dead == 0) {
    const auto staging = temporary / part_file_name("folder");
    fs::create_directories(staging / "sub");
    write_bytes(staging / "sub/c", "half");
    ::_exit(0);
  }
  ::waitpid(dead, nullptr, 0);
  write_folder(temporary / "folder", content("new"), ours);
  EXPECT_THAT(names(temporary.path()), ElementsAre("folder/a", "folder/b", "folder/sub/c"));
}

}  // namespace folder_test
}  // namespace stoic
