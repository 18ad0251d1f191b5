// ELF files that claim what they should not.
#include "stoic/sim/platform/elf.hpp"

#include <elf.h>
#include <gmock/gmock.h>

#include <cstring>

#include "elf_of.hpp"
#include "stoic/generated/platform_map.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::platform {
namespace elf_test {

using testing::HasSubstr;

constexpr std::uint32_t rom = memory_regions[0].base, rom_size = memory_regions[0].size;

struct Claim {
  std::uint32_t address;
  std::uint32_t bytes;
};

/// A file whose segments all have their bytes at the same place.
std::string elf_of(const std::vector<Claim>& claims, std::size_t content) {
  const auto header = executable_header(claims.size());
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  const auto data = sizeof header + claims.size() * sizeof(Elf32_Phdr);
  for (const auto& claim : claims) {
    Elf32_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_paddr = claim.address;
    segment.p_offset = static_cast<Elf32_Off>(data);
    segment.p_filesz = segment.p_memsz = claim.bytes;
    bytes.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  }
  return bytes + std::string(content, 'x');
}

std::string message_of(const std::string& bytes) {
  try {
    return std::to_string(parse_elf(bytes, "f.elf").segments.size()) + " segments";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(HostileElf, SegmentsLieInTheMemoriesAndApart) {
  EXPECT_EQ(message_of(elf_of({{rom + 64, 64}, {rom, 64}, {rom + rom_size - 64, 64}}, 64)), "3 segments");
  EXPECT_EQ(message_of(elf_of({{rom, 64}, {rom + 63, 64}}, 64)),
            "f.elf: two segments overlap at 0x2000003f; link it with firmware/link.ld");
  for (const std::uint32_t outside : {0u, rom - 1, rom + rom_size - 63, 0xffffffffu})
    EXPECT_THAT(message_of(elf_of({{rom, 64}, {outside, 64}}, 64)),
                HasSubstr("lie outside the memories of the platform"));
}

TEST(HostileElf, ManySegmentsOfTheSameBytesAreRefusedBeforeAnyIsCopied) {
  constexpr std::uint32_t bytes = 1 << 20;
  std::vector<Claim> claims(10000, {rom, bytes});  // ten gigabytes, were they copied
  EXPECT_THAT(message_of(elf_of(claims, bytes)), HasSubstr("two segments overlap"));
  for (auto& claim : claims) claim.address = 0;
  EXPECT_THAT(message_of(elf_of(claims, bytes)), HasSubstr("lie outside"));
}

/// A file of one segment, with these symbol tables.
std::string with_symbols(const std::vector<std::vector<Elf32_Sym>>& tables) {
  auto bytes = elf_of({{rom, 64}}, 64);
  std::vector<Elf32_Shdr> headers;
  for (const auto& symbols : tables) {
    Elf32_Shdr header{};
    header.sh_type = SHT_SYMTAB;
    header.sh_offset = static_cast<Elf32_Off>(bytes.size());
    header.sh_size = static_cast<Elf32_Word>(symbols.size() * sizeof(Elf32_Sym));
    header.sh_link = static_cast<Elf32_Word>(tables.size());
    headers.push_back(header);
    bytes.append(reinterpret_cast<const char*>(symbols.data()), header.sh_size);
  }
  Elf32_Shdr names{};
  names.sh_type = SHT_STRTAB;
  names.sh_offset = static_cast<Elf32_Off>(bytes.size());
  names.sh_size = 6;
  headers.push_back(names);
  bytes.append("\0main\0", 6);
  Elf32_Ehdr header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  header.e_shoff = static_cast<Elf32_Off>(bytes.size());
  header.e_shentsize = sizeof(Elf32_Shdr);
  header.e_shnum = static_cast<Elf32_Half>(headers.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes.append(reinterpret_cast<const char*>(headers.data()), headers.size() * sizeof headers[0]);
}

TEST(HostileElf, OneSymbolTableIsReadAndNoMoreHoweverManyThereAre) {
  Elf32_Sym function{}, object{};
  function.st_name = 1;
  function.st_value = rom;
  function.st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC);
  function.st_shndx = 1;
  EXPECT_EQ(parse_elf(with_symbols({{object, function}}), "f.elf").functions.size(), 1u);
  // One without functions is a table, too: 65,535 headers may say that it is there.
  EXPECT_TRUE(parse_elf(with_symbols({{object}, {function}}), "f.elf").functions.empty());
}

/// "vfscanf" of a weak reference is a number, 0, and not where a null pointer was called.
TEST(HostileElf, FunctionsThatAreAbsoluteOrUndefinedAreNoPlaces) {
  Elf32_Sym function{};
  function.st_name = 1;
  function.st_value = rom;
  function.st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC);
  for (const Elf32_Section section : std::initializer_list<Elf32_Section>{SHN_UNDEF, SHN_ABS}) {
    function.st_shndx = section;
    EXPECT_EQ(parse_elf(with_symbols({{function}}), "f.elf").place(rom), "");
  }
}

}  // namespace elf_test
}  // namespace stoic::platform
