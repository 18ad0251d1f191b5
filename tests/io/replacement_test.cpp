// How a file is replaced: links, modes, devices, pipes, descriptors, failures.
#include "stoic/sim/io/replacement.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"
#include "stoic/sim/io/part_file.hpp"
#include "temporary_folder.hpp"

namespace stoic {
namespace replacement_test {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// No file of this process grows beyond `bytes` while it lives: a disk that is full there.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

std::string message_of_writing(const fs::path& path, const std::string& bytes = "new") {
  try {
    write_file_atomically(path, bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "written";
}

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

unsigned mode(const fs::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 07777;
}

TEST(Replacement, FollowsSymbolicLinksAndLeavesThem) {
  const TemporaryFolder folder;
  fs::create_directories(folder / "real");
  write_bytes(folder / "real/file", "old");
  fs::create_symlink("real/file", folder / "link");
  fs::create_symlink("link", folder / "link-to-link");
  fs::create_symlink("real/new", folder / "dangling");
  write_file_atomically(folder / "link-to-link", "new");
  write_file_atomically(folder / "dangling", "made");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_TRUE(fs::is_symlink(folder / "link-to-link"));
  EXPECT_TRUE(fs::is_symlink(folder / "dangling"));
  EXPECT_EQ(read_bytes(folder / "real/file"), "new");
  EXPECT_EQ(read_bytes(folder / "real/new"), "made");
  EXPECT_EQ(entries(folder / "real"), 2u);
  fs::create_symlink("circle", folder / "circle");
  EXPECT_THAT(message_of_writing(folder / "circle"), HasSubstr("symbolic links"));
}

TEST(Replacement, KeepsModeAndOwnerAndTheOtherNamesOfAFile) {
  const TemporaryFolder folder;
  write_bytes(folder / "secret", "old");
  fs::permissions(folder / "secret", fs::perms(0600));
  const bool changed = ::chown((folder / "secret").c_str(), 12345, 12345) == 0;  // as root only
  write_file_atomically(folder / "secret", "new");
  struct stat status {};
  ASSERT_EQ(::stat((folder / "secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
  EXPECT_EQ(status.st_uid, changed ? 12345 : ::getuid());
  write_bytes(folder / "one", "a long old text");
  fs::create_hard_link(folder / "one", folder / "two");
  write_file_atomically(folder / "two", "new");
  EXPECT_EQ(read_bytes(folder / "one"), "new");
  EXPECT_TRUE(fs::equivalent(folder / "one", folder / "two"));
}

TEST(Replacement, GivesANewFileTheModeThatTheUmaskLeaves) {
  const TemporaryFolder folder;
  const auto before = ::umask(027);
  write_file_atomically(folder / "new", "bytes");
  ::umask(before);
  EXPECT_EQ(mode(folder / "new"), 0640u);
}

TEST(Replacement, WritesStraightIntoPipesAndKeepsThem) {
  const TemporaryFolder folder;
  const auto pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { received = read_bytes(pipe); });
  const std::string bytes(300'000, 'x');  // more than a pipe holds
  write_file_atomically(pipe, bytes);
  reader.join();
  EXPECT_EQ(received, bytes);
  EXPECT_TRUE(fs::is_fifo(pipe));
}

TEST(Replacement, WritesToDescriptorsWhereTheyAreAndNeverReplacesWhatIsBehind) {
  const TemporaryFolder folder;
  const auto file = folder / "file";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT, 0644);
  ASSERT_EQ(::write(descriptor, "before ", 7), 7);
  write_file_atomically("/dev/fd/" + std::to_string(descriptor), "one ");
  write_file_atomically("/proc/self/fd/" + std::to_string(descriptor), "two ");
  fs::create_symlink("/dev/fd/" + std::to_string(descriptor), folder / "link");
  write_file_atomically(folder / "link", "three ");
  ASSERT_EQ(::write(descriptor, "after", 5), 5);
  ::close(descriptor);
  EXPECT_EQ(read_bytes(file), "before one two three after");
  EXPECT_EQ(named_descriptor("/dev/stdout"), 1);
  EXPECT_EQ(named_descriptor("/dev/fd/x"), -1);
  EXPECT_THAT(message_of_writing("/dev/fd/" + std::to_string(descriptor)), HasSubstr("Bad file descriptor"));
}

TEST(Replacement, AClosedPipeIsAnErrorOfOneLine) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_THAT(message_of_writing("/dev/fd/" + std::to_string(ends[1])),
              HasSubstr("Broken pipe; 0 of 3 bytes went out"));
  ::close(ends[1]);
}

TEST(Replacement, AFullDiskChangesNothingBesideOrInPlace) {
  const TemporaryFolder folder;
  write_bytes(folder / "file", "old");
  write_bytes(folder / "one", "old bytes");
  fs::create_hard_link(folder / "one", folder / "two");
  std::string beside, in_place, fresh;
  {
    const FileSizeLimit limit(20);
    const std::string bytes(1000, 'x');
    beside = message_of_writing(folder / "file", bytes);
    in_place = message_of_writing(folder / "two", bytes);
    fresh = message_of_writing(folder / "fresh", bytes);
  }
  for (const auto& message : {beside, in_place, fresh})
    EXPECT_THAT(message, HasSubstr("File too large; nothing was changed"));
  EXPECT_EQ(read_bytes(folder / "file"), "old");
  EXPECT_EQ(read_bytes(folder / "one"), "old bytes");
  EXPECT_EQ(entries(folder.path()), 3u);
}

TEST(Replacement, PartsOfDeadProcessesGoAndNothingElse) {
  const TemporaryFolder folder;
  const pid_t dead = ::fork();
  if (dead == 0) {
    write_bytes(folder / part_file_name("file"), "of a killed run");
    ::_exit(0);
  }
  ::waitpid(dead, nullptr, 0);
  ASSERT_EQ(entries(folder.path()), 1u);
  const auto stale = fs::directory_iterator(folder.path())->path().filename().string();
  EXPECT_TRUE(is_part_of(stale, "file"));
  const auto random = stale.substr(stale.rfind('-'));
  const std::string others[] = {
      "file.part-1",
      "notes.part-final",
      ".file.stoic-part-mine",
      stale.substr(1),
      stale + "x",
      ".other" + stale.substr(5),                                    // of another file
      ".file.stoic-part-00000000-" + std::to_string(dead) + random,  // of another machine
      part_file_name("file"),                                        // of a process that runs
  };
  for (const auto& name : others) write_bytes(folder / name, "kept");
  const auto as_folder = stale.substr(0, stale.rfind('-')) + "-0123456789abcdef";
  fs::create_directories(folder / as_folder);
  write_bytes(folder / as_folder / "inside", "kept");
  write_file_atomically(folder / "file", "new");
  EXPECT_FALSE(fs::exists(folder / stale));
  for (const auto& name : others) EXPECT_EQ(read_bytes(folder / name), "kept") << name;
  EXPECT_EQ(read_bytes(folder / as_folder / "inside"), "kept");
  EXPECT_EQ(read_bytes(folder / "file"), "new");
}

TEST(Replacement, NamesOfAnyLengthCanBeWritten) {
  const TemporaryFolder folder;
  const auto file = folder / std::string(255, 'n');
  write_file_atomically(file, "new");
  EXPECT_EQ(read_bytes(file), "new");
}

TEST(Replacement, OneFileIsKnownByAllItsNames) {
  const TemporaryFolder folder;
  write_bytes(folder / "a", "a");
  write_bytes(folder / "b", "a");
  fs::create_symlink("a", folder / "link");
  fs::create_hard_link(folder / "a", folder / "hard");
  for (const auto* name : {"a", "link", "hard", "./a"})
    EXPECT_TRUE(is_same_file(folder / "a", folder / name));
  EXPECT_FALSE(is_same_file(folder / "a", folder / "b"));
  EXPECT_FALSE(is_same_file(folder / "a", folder / "none"));
  EXPECT_FALSE(is_same_file("/dev/null", "/dev/null"));
}

}  // namespace replacement_test
}  // namespace stoic
