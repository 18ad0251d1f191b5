# Toolchain file: bare-metal rv32imc with picolibc, by Debian's gcc-riscv64-unknown-elf.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)
set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_ASM_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
# With version 2.2 of the instruction set, I has the CSR instructions in it, as the names of the libraries expect.
set(flags "-march=rv32imc -mabi=ilp32 -misa-spec=2.2 -mcmodel=medany --specs=picolibc.specs")
set(CMAKE_C_FLAGS_INIT "${flags}")
set(CMAKE_ASM_FLAGS_INIT "${flags}")
# Installed, in PREFIX/share/stoic/sdk, it finds the package stoic_firmware of the same installation.
if(CMAKE_CURRENT_LIST_DIR MATCHES "/stoic/sdk$")
  get_filename_component(stoic_prefix ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
  list(APPEND CMAKE_PREFIX_PATH ${stoic_prefix})
endif()
