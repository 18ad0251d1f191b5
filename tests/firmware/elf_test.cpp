// ELF files that claim what they should not.
#include "stoic/sim/platform/elf.hpp"

#include <elf.h>
#include <gmock/gmock.h>

#include <cstring>

#include "stoic/generated/platform_map.hpp"
#include "stoic/sim/contract/error.hpp"

namespace stoic::platform {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t rom = memory_regions[0].base, rom_size = memory_regions[0].size;

struct Claim {
  std::uint32_t address;
  std::uint32_t bytes;
};

/// A file whose segments all have their bytes at the same place.
std::string elf_of(const std::vector<Claim>& claims, std::size_t content) {
  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = EM_RISCV;
  header.e_type = ET_EXEC;
  header.e_entry = rom;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf32_Phdr);
  header.e_phnum = static_cast<Elf32_Half>(claims.size());
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

}  // namespace
}  // namespace stoic::platform
