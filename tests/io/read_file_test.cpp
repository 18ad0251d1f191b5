// Whatever a path names, reading ends.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../temporary_folder.hpp"
#include "stoic/sim/io/error.hpp"
#include "stoic/sim/io/file.hpp"

namespace stoic {
namespace read_file_test {

using testing::HasSubstr;

std::string read_or_message(const std::filesystem::path& path, std::size_t limit = 1 << 20) {
  try {
    return "read " + read_file(path, limit);
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ReadFile, DevicesAndFoldersAreRefusedAtOnce) {
  EXPECT_THAT(read_or_message("/dev/zero"), HasSubstr("/dev/zero: is a device"));
  EXPECT_THAT(read_or_message("/dev/null"), HasSubstr("is a device"));
  EXPECT_THAT(read_or_message("/"), HasSubstr("is a folder"));
  EXPECT_THAT(read_or_message("/dev/null/x"), HasSubstr("cannot be opened: Not a directory"));
}

TEST(ReadFile, APipeWithoutAWriterIsEmptyAndOneWithAWriterIsRead) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_or_message(folder / "pipe"), "read ");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "text", 4), 4);
  ::close(ends[1]);
  EXPECT_EQ(read_or_message("/dev/fd/" + std::to_string(ends[0])), "read text");
  ::close(ends[0]);
}

TEST(ReadFile, ASocketIsRefused) {
  const TemporaryFolder folder;
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{AF_UNIX, {}};
  const auto path = (folder / "s").string();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(read_or_message(path), HasSubstr("is a socket"));
  ::close(socket);
}

TEST(ReadFile, AFileLargerThanTheLimitIsRefusedBeforeItIsRead) {
  const TemporaryFolder folder;
  write_bytes(folder / "x", "");
  ASSERT_EQ(::truncate((folder / "x").c_str(), off_t{1} << 40), 0);
  EXPECT_THAT(read_or_message(folder / "x", std::size_t{1} << 32),
              HasSubstr("larger than the 4294967296 bytes"));
}

}  // namespace read_file_test
}  // namespace stoic
