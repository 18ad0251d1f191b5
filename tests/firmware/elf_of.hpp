#pragma once
#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "stoic/generated/stoic_platform.h"

namespace stoic {

/// Of a program for the platform that begins with the first word of ROM; the segments' headers follow.
inline Elf32_Ehdr executable_header(std::size_t segments) {
  Elf32_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_type = ET_EXEC;
  header.e_machine = EM_RISCV;
  header.e_entry = STOIC_ROM_BASE;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf32_Phdr);
  header.e_phnum = static_cast<Elf32_Half>(segments);
  return header;
}

/// An ELF file of one segment in ROM.
inline std::string elf_of(const std::vector<std::uint32_t>& program) {
  const auto header = executable_header(1);
  const auto size = static_cast<std::uint32_t>(4 * program.size());
  const Elf32_Phdr segment{
      PT_LOAD, sizeof header + sizeof segment, STOIC_ROM_BASE, STOIC_ROM_BASE, size, size, PF_X, 4};
  std::string file(reinterpret_cast<const char*>(&header), sizeof header);
  file.append(reinterpret_cast<const char*>(&segment), sizeof segment);
  return file.append(reinterpret_cast<const char*>(program.data()), size);
}

}  // namespace stoic
