// Firmware: ELF files of a 32-bit RISC-V.
#include "stoic/sim/platform/elf.hpp"

#include <elf.h>

#include <cstring>

#include "../firmware/elf_of.hpp"
#include "fuzz.hpp"
#include "stoic/generated/platform_map.hpp"

namespace stoic::fuzz {
namespace {

template <class T>
void append(std::string& bytes, const T& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

Elf32_Shdr section(Elf32_Word type, std::size_t offset, std::size_t size, Elf32_Word link) {
  Elf32_Shdr header{};
  header.sh_type = type;
  header.sh_offset = static_cast<Elf32_Off>(offset);
  header.sh_size = static_cast<Elf32_Word>(size);
  header.sh_link = link;
  header.sh_entsize = sizeof(Elf32_Sym);
  return header;
}

/// One segment in the first memory, and a function in it.
std::string firmware() {
  constexpr auto base = platform::memory_regions[0].base;
  const std::string code(16, '\x13'), names("\0main\0", 6);
  auto header = executable_header(1);
  const std::size_t code_at = sizeof header + sizeof(Elf32_Phdr), symbols_at = code_at + code.size(),
                    names_at = symbols_at + sizeof(Elf32_Sym);
  header.e_shoff = static_cast<Elf32_Off>(names_at + names.size());
  header.e_shentsize = sizeof(Elf32_Shdr);
  header.e_shnum = 2;
  Elf32_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_paddr = base;
  segment.p_offset = static_cast<Elf32_Off>(code_at);
  segment.p_filesz = segment.p_memsz = static_cast<Elf32_Word>(code.size());
  Elf32_Sym symbol{};
  symbol.st_name = 1;
  symbol.st_value = base;
  symbol.st_size = 16;
  symbol.st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC);
  symbol.st_shndx = 1;
  std::string file;
  append(file, header);
  append(file, segment);
  file += code;
  append(file, symbol);
  file += names;
  append(file, section(SHT_SYMTAB, symbols_at, sizeof symbol, 1));
  append(file, section(SHT_STRTAB, names_at, names.size(), 0));
  return file;
}

}  // namespace

void run(std::string_view input) {
  const auto elf = platform::parse_elf(input, "firmware.elf");
  elf.place(elf.entry);
  for (const auto& function : elf.functions) elf.place(function.address + function.size - 1);
  elf.place(0);
  elf.place(~0u);
}

std::vector<std::string> seeds() { return {firmware()}; }

std::vector<std::string> words() {
  return {std::string("\x7f"
                      "ELF\x01\x01\x01",
                      7),
          std::string("\xf3\0", 2)};
}

}  // namespace stoic::fuzz
