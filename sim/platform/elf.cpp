#include "stoic/sim/platform/elf.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "stoic/generated/platform_map.hpp"
#include "stoic/sim/io/error.hpp"

namespace stoic::platform {
namespace {

/// Reads structures out of a file, and refuses what lies outside.
struct Reader {
  std::string_view bytes;
  const std::string& where;

  std::string_view range(std::uint64_t offset, std::uint64_t size) const {
    if (offset > bytes.size() || size > bytes.size() - offset)
      throw Error(
          fmt::format("{}: the ELF file is cut short at {} bytes; build it again", where, bytes.size()));
    return bytes.substr(offset, size);
  }
  template <class T>
  T get(std::uint64_t offset) const {
    T value;
    std::memcpy(&value, range(offset, sizeof value).data(), sizeof value);
    return value;
  }
};

/// The stack as a linker script names it. What stands in no file is 0.
struct StackSymbols {
  std::uint32_t low = 0, high = 0, size = 0;
  void note(std::string_view name, std::uint32_t value) {
    if (name == "__stack_bottom") low = value;
    if (name == "__stack_top") high = value;
    if (name == "__stack_size") size = value;
    if (name != "__stack_bottom" && size > 0 && high > size && low == 0) low = high - size;
  }
};

void read_symbols(const Reader& reader, const Elf32_Ehdr& header, Elf& elf) {
  constexpr std::size_t longest_name = 200;
  StackSymbols stack;
  // A file has one symbol table; more would make any number of symbols out of the same bytes, or read the
  // same bytes any number of times.
  for (unsigned s = 0; s < header.e_shnum; ++s) {
    const auto table = reader.get<Elf32_Shdr>(header.e_shoff + std::uint64_t{s} * header.e_shentsize);
    if (table.sh_type != SHT_SYMTAB) continue;
    const auto strings =
        reader.get<Elf32_Shdr>(header.e_shoff + std::uint64_t{table.sh_link} * header.e_shentsize);
    const auto names = reader.range(strings.sh_offset, strings.sh_size);
    for (std::uint32_t at = 0; at + sizeof(Elf32_Sym) <= table.sh_size; at += sizeof(Elf32_Sym)) {
      const auto symbol = reader.get<Elf32_Sym>(table.sh_offset + std::uint64_t{at});
      if (symbol.st_name >= names.size()) continue;
      auto name = names.substr(symbol.st_name, longest_name);
      name = name.substr(0, name.find('\0'));
      // Absolute and undefined functions are numbers, and no code.
      if (ELF32_ST_TYPE(symbol.st_info) == STT_FUNC &&
          (symbol.st_shndx == SHN_ABS || symbol.st_shndx == SHN_UNDEF))
        continue;
      if (ELF32_ST_TYPE(symbol.st_info) == STT_FUNC)
        elf.functions.push_back({symbol.st_value, symbol.st_size, std::string(name)});
      else
        stack.note(name, symbol.st_value);
    }
    break;
  }
  if (stack.low < stack.high) {
    elf.stack_low = stack.low;
    elf.stack_high = stack.high;
  }
  std::sort(elf.functions.begin(), elf.functions.end(),
            [](const auto& a, const auto& b) { return a.address < b.address; });
}

bool lies_in_memory(std::uint32_t address, std::uint32_t size) {
  return std::ranges::any_of(memory_regions, [&](const Region& region) {
    return address >= region.base &&
           std::uint64_t{address} + size <= std::uint64_t{region.base} + region.size;
  });
}

/// The headers of what is loaded, by address. Nothing is copied before all of it is known to lie in the
/// memories and in different places, so an ELF file never takes more than they have.
std::vector<Elf32_Phdr> loaded_segments(const Reader& reader, const Elf32_Ehdr& header) {
  std::vector<Elf32_Phdr> segments;
  for (unsigned p = 0; p < header.e_phnum; ++p) {
    const auto segment = reader.get<Elf32_Phdr>(header.e_phoff + std::uint64_t{p} * header.e_phentsize);
    if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
    if (segment.p_filesz > segment.p_memsz)
      throw Error(
          fmt::format("{}: program header {} has more bytes in the file than in memory; build it again",
                      reader.where, p));
    const auto require_memory = [&](std::uint32_t address, std::uint32_t size) {
      if (!lies_in_memory(address, size))
        throw Error(
            fmt::format("{}: {} bytes at {:#010x} lie outside the memories of the platform; see PLATFORM.md",
                        reader.where, size, address));
    };
    if (segment.p_filesz > 0) require_memory(segment.p_paddr, segment.p_filesz);
    if (segment.p_memsz > segment.p_filesz) require_memory(segment.p_vaddr, segment.p_memsz);
    if (segment.p_filesz == 0) continue;
    segments.push_back(segment);
  }
  std::ranges::sort(segments, {}, &Elf32_Phdr::p_paddr);
  for (std::size_t s = 1; s < segments.size(); ++s)
    if (segments[s].p_paddr - segments[s - 1].p_paddr < segments[s - 1].p_filesz)
      throw Error(fmt::format("{}: two segments overlap at {:#010x}; link it with firmware/link.ld",
                              reader.where, segments[s].p_paddr));
  return segments;
}

/// Sizes of entries other than these would make a reader walk on the spot, or through something else.
void require_fit(const Elf32_Ehdr& header, const std::string& where) {
  if (header.e_phnum > 0 && header.e_phentsize != sizeof(Elf32_Phdr))
    throw Error(fmt::format("{}: its program headers have {} bytes and not {}; build it again", where,
                            header.e_phentsize, sizeof(Elf32_Phdr)));
  if (header.e_shnum > 0 && header.e_shentsize != sizeof(Elf32_Shdr))
    throw Error(fmt::format("{}: its section headers have {} bytes and not {}; build it again", where,
                            header.e_shentsize, sizeof(Elf32_Shdr)));
  if ((header.e_flags & (EF_RISCV_FLOAT_ABI | EF_RISCV_RVE)) != 0)
    throw Error(fmt::format(
        "{}: is compiled for another ABI than ilp32; compile it with -march=rv32imc -mabi=ilp32", where));
}

/// Execution begins in something that was loaded.
void require_entry(const Elf& elf, const std::string& where) {
  const auto holds = [&](const Elf::Segment& segment) {
    return elf.entry - segment.address < segment.bytes.size();
  };
  const auto executes = [&](const Region& region) {
    return region.executable && elf.entry - region.base < region.size;
  };
  if (elf.entry % 2 != 0)
    throw Error(fmt::format(
        "{}: its entry {:#010x} is odd, and instructions begin at even addresses; check ENTRY in the "
        "linker script",
        where, elf.entry));
  if (std::ranges::none_of(elf.segments, holds) || std::ranges::none_of(memory_regions, executes))
    throw Error(
        fmt::format("{}: its entry {:#010x} lies where no code is loaded; check ENTRY in the linker script",
                    where, elf.entry));
}

}  // namespace

std::string Elf::place(std::uint32_t address) const {
  const auto after = std::upper_bound(functions.begin(), functions.end(), address,
                                      [](std::uint32_t a, const Symbol& s) { return a < s.address; });
  if (after == functions.begin()) return "";
  const auto& symbol = *std::prev(after);
  if (address - symbol.address >= std::max(symbol.size, 4u)) return "";
  return fmt::format("{}+{:#x}", symbol.name, address - symbol.address);
}

Elf parse_elf(std::string_view bytes, const std::string& where) {
  const Reader reader{bytes, where};
  if (bytes.size() < sizeof(Elf32_Ehdr) || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
    throw Error(fmt::format("{}: is no ELF file; give firmware that was linked, such as replay.elf", where));
  const auto header = reader.get<Elf32_Ehdr>(0);
  if (header.e_ident[EI_CLASS] != ELFCLASS32 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != EM_RISCV || header.e_type != ET_EXEC)
    throw Error(fmt::format("{}: is no executable for 32-bit RISC-V; compile it for rv32imc", where));
  require_fit(header, where);
  Elf elf;
  elf.entry = header.e_entry;
  for (const auto& segment : loaded_segments(reader, header))
    elf.segments.push_back({segment.p_paddr, std::string(reader.range(segment.p_offset, segment.p_filesz))});
  if (elf.segments.empty())
    throw Error(fmt::format("{}: the ELF file has nothing to load; link it with firmware/link.ld", where));
  require_entry(elf, where);
  read_symbols(reader, header, elf);
  return elf;
}

}  // namespace stoic::platform
