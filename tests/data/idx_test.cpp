#include "stoic/host/data/idx.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <zlib.h>

#include "../temporary_folder.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic {
namespace idx_test {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

std::string idx(const std::vector<std::uint32_t>& shape, std::size_t size) {
  std::string bytes{0, 0, 8, static_cast<char>(shape.size())};
  for (const auto count : shape)
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(count >> shift);
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 37 % 251);
  return bytes;
}

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class Idx : public testing::Test {
 protected:
  IdxArray read(const std::string& bytes, int dimensions = 3) {
    write_bytes(path_, bytes);
    return read_idx(path_, dimensions);
  }
  /// The message must name the file, say `what` and be one line.
  void expect_error(const std::string& bytes, const std::string& what, int dimensions = 3) {
    EXPECT_THAT(
        [&] { read(bytes, dimensions); },
        ThrowsMessage<Error>(AllOf(HasSubstr(path_.string()), HasSubstr(what), Not(HasSubstr("\n")))));
  }
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "data-idx";
  std::string plain_ = idx({2, 3, 4}, 24);
};

TEST_F(Idx, IsReadPlainAndCompressedAlikeWhateverItsName) {
  for (const auto& bytes : {plain_, gzip(plain_)}) {
    const IdxArray array = read(bytes);
    EXPECT_THAT(array.shape, ElementsAre(2, 3, 4));
    ASSERT_EQ(array.bytes.size(), 24);
    for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(array.bytes[i], i * 37 % 251);
  }
}

TEST_F(Idx, IsRefusedWhenItsMagicIsWrong) {
  expect_error(plain_, "0x00000801", 1);
  expect_error("\x1f\x8b" + plain_, "gzip");
  auto floats = plain_;
  floats[2] = 0x0D;
  expect_error(floats, "0x00000d03");
}

TEST_F(Idx, IsRefusedWhenItsSizeIsNotWhatItsHeaderSays) {
  expect_error("", "ends within");
  expect_error(plain_.substr(0, 10), "ends within");
  expect_error(plain_.substr(0, 30), "2 x 3 x 4");
  expect_error(plain_ + "x", "has bytes after");
  expect_error(gzip(plain_.substr(0, 30)), "only 14");
  expect_error(gzip(plain_ + "x"), "has bytes after");
  expect_error(idx({2, 0, 4}, 0), "dimension 1 is 0");
}

TEST_F(Idx, IsRefusedWhenItAnnouncesMoreThanCouldBeInIt) {
  expect_error(idx({~0u, ~0u, ~0u}, 24), "more than the file holds");
  expect_error(gzip(idx({~0u, ~0u, ~0u}, 24)), "more than the file holds");
  expect_error(gzip(idx({60000, 28, 28}, 24)), "more than the file holds");
  // A bomb: ten megabytes of zeros behind a header that announces 24 bytes.
  expect_error(gzip(plain_ + std::string(10'000'000, '\0')), "has bytes after");
}

TEST_F(Idx, IsRefusedWhenItsGzipDataIsDamaged) {
  const auto bytes = gzip(plain_);
  expect_error(bytes.substr(0, bytes.size() - 1), "cut short");
  auto checksum = bytes;
  checksum[bytes.size() - 5] ^= 1;
  expect_error(checksum, "corrupt");
  expect_error(bytes + "x", "1 bytes follow");
  expect_error(bytes + bytes, "has bytes after");
}

// `cat a.gz b.gz` and parallel compressors write several members; tapes and block devices pad with zeros.
TEST_F(Idx, IsReadFromGzipDataOfSeveralMembersAndWithZerosAsPadding) {
  const auto half = [&](std::size_t from, std::size_t count) { return gzip(plain_.substr(from, count)); };
  const std::string zeros(700, '\0');
  for (const auto& bytes : {half(0, 20) + half(20, 99), half(0, 2) + half(2, 0) + half(2, 15) + half(17, 99),
                            gzip(plain_) + zeros, gzip("") + gzip(plain_) + gzip("") + zeros})
    EXPECT_EQ(read(bytes).bytes, read(plain_).bytes);

  const auto two = half(0, 20) + half(20, 99);
  for (std::size_t size = 0; size < two.size(); ++size)
    EXPECT_THROW(read(two.substr(0, size)), Error) << size;
  auto checksum = two;
  checksum[half(0, 20).size() - 5] ^= 1;
  expect_error(checksum, "corrupt");
  expect_error(two + zeros + "x", "701 bytes follow");
  expect_error(half(0, 20) + zeros + half(20, 99), "bytes follow");
  expect_error(two + "\x1f", "1 bytes follow");
  expect_error(two + "\x1f\x8b", "cut short");
  expect_error(two + gzip("x"), "has bytes after");
}

TEST_F(Idx, IsReadWithEqualContentOrRefusedForEveryTruncationAndFlippedBit) {
  for (const auto& whole : {plain_, gzip(plain_)}) {
    const IdxArray array = read(whole);
    const auto try_read = [&](const std::string& bytes) {
      try {
        const IdxArray changed = read(bytes);
        // Plain data has no checksum: only its header can tell.
        EXPECT_TRUE(changed.bytes == array.bytes || whole == plain_);
        EXPECT_EQ(changed.bytes.size(), array.bytes.size());
      } catch (const Error&) {
      }
    };
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_THROW(read(whole.substr(0, size)), Error) << size;
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      auto bytes = whole;
      bytes[bit / 8] ^= static_cast<char>(1 << bit % 8);
      try_read(bytes);
    }
  }
}

TEST_F(Idx, FilesOfImagesAndLabelsMustFitEachOtherAndTheClasses) {
  const auto images = folder_ / "images", labels = folder_ / "labels";
  write_bytes(images, plain_);
  write_bytes(labels, idx({2}, 0) + '\0' + '\2');
  const Dataset data = read_idx_dataset(images, labels, 3);
  EXPECT_EQ(data.inputs, 12);
  EXPECT_EQ(data.classes, 3);
  EXPECT_EQ(data.size(), 2);
  EXPECT_THAT(data.labels, ElementsAre(0, 2));
  EXPECT_THAT([&] { read_idx_dataset(images, labels, 2); },
              ThrowsMessage<Error>(AllOf(HasSubstr(labels.string()), HasSubstr("label 2 of sample 1"))));
  write_bytes(labels, idx({3}, 0) + std::string(3, '\0'));
  EXPECT_THAT([&] { read_idx_dataset(images, labels, 3); },
              ThrowsMessage<Error>(AllOf(HasSubstr("3 labels"), HasSubstr("2 images"))));
}

}  // namespace idx_test
}  // namespace stoic
