#!/bin/sh
# Compiles C for a Cortex-M3 and runs it by QEMU; its standard output and exit code are those of the program. Needs
# gcc-arm-none-eabi, libnewlib-arm-none-eabi and qemu-system-arm.
#
# usage: run.sh ELF COMPILER-ARGUMENTS...      such as: run.sh digits.elf -O2 main.c digits-c/digits.c -Idigits-c
set -eu
here=$(cd "$(dirname "$0")" && pwd)
elf=$1 && shift
arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb --specs=rdimon.specs -nostartfiles -Wall -Wextra -Werror -I"$here" \
  -T"$here/link.ld" "$here/start.c" "$@" -o "$elf"
exec timeout 300 qemu-system-arm -M mps2-an385 -icount shift=0 -semihosting-config enable=on,target=native \
  -nographic -monitor none -serial none -kernel "$elf"
