#!/bin/sh
# The drivers for operating systems compile: Zephyr's with headers of ours in place of Zephyr's, whose sample then runs on an
# accelerator that answers and computes nothing, and the one for Linux: systems.sh STOIC IMAGE FOLDER REPOSITORY
set -eu
stoic=$1 image=$2 folder=$3 repository=$4
rm -rf "$folder" && mkdir -p "$folder" && cd "$folder"
"$stoic" export "$image" -o network --samples 5 > /dev/null
firmware=$repository/firmware stubs=$repository/tests/firmware/zephyr_stubs
warnings="-Wall -Wextra -Werror"
cc -std=gnu11 $warnings -Dmain=sample_main -I"$stubs" -I"$firmware/zephyr/include" -Inetwork -Inetwork/driver \
  -c "$firmware/zephyr/samples/classify/src/main.c" -o sample.o
# Addresses of this machine have more bits than those of the DMA, unless the program lies low.
cc -std=gnu11 $warnings -no-pie -I"$stubs" -I"$firmware/zephyr/include" -Inetwork -Inetwork/driver "$firmware/zephyr/stoic_zephyr.c" \
  "$stubs/kernel.c" sample.o network/model.c network/driver/*.c -o sample
./sample > printed
cat printed
test "$(grep -c '^sample [0-4] is of class 0$' printed)" = 5
grep -q "^model: ok$" printed
grep -q "^slept [5-9] times$" printed
cc -std=gnu99 $warnings -O2 -Inetwork/driver "$firmware/linux/stoic_uio.c" network/driver/*.c -o stoic-uio
if ./stoic-uio 2> usage; then exit 1; fi
grep -q "^usage: stoic-uio /dev/uioN model.bin samples.bin" usage
if ./stoic-uio "$folder/none" network/model.bin network/samples.bin 2> missing; then exit 1; fi
grep -q "No such file" missing
