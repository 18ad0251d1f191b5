#!/bin/sh
# Does what "An application of one's own" in firmware/README.md says, line by line: readme_lines.sh README BUILD FOLDER
set -eu
readme=$1 build=$2 folder=$3
rm -rf "$folder" && mkdir -p "$folder" && cd "$folder"
ln -s "$build" build
sed -n "/^## An application of one's own/,/^## /p" "$readme" | sed -n '/^```sh$/,/^```$/p' | grep -v '^```' > lines
test "$(wc -l < lines)" = 6
sh -eu lines > printed 2>&1 || { cat printed; exit 1; }
grep -q "^sample 4 is of class [0-4]$" printed
grep -q "^model: ok, [0-5] of 5 right$" printed
grep -q "^firmware: exit with code 0 " printed
# Without the toolchain file, and without a network, it says what is missing.
if cmake -S hello -B other -G Ninja -DCMAKE_PREFIX_PATH="$PWD/stoic-sdk" > refused 2>&1; then exit 1; fi
tr -s '\n ' ' ' < refused | grep -q "configure with --toolchain"
mv hello/network moved
if cmake -S hello -B hello/again -G Ninja --toolchain "$PWD/stoic-sdk/share/stoic/sdk/riscv32.cmake" > refused 2>&1; then exit 1; fi
tr -s '\n ' ' ' < refused | grep -q "has no network"
