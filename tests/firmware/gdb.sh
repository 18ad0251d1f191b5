#!/bin/sh
# A session of gdb-multiarch with firmware on the platform: gdb.sh STOIC IMAGE FIRMWARE.elf BACKEND FOLDER
set -eu
stoic=$1 image=$2 firmware=$3 backend=$4 folder=$5
rm -rf "$folder" && mkdir -p "$folder" && cd "$folder"
"$stoic" cosim "$image" --backend "$backend" --firmware "$firmware" --limit 2 > alone.txt
"$stoic" cosim "$image" --backend "$backend" --firmware "$firmware" --limit 2 --gdb ./gdb.sock > with.txt 2>&1 &
simulation=$!
trap 'kill $simulation 2>/dev/null || true' EXIT
while ! grep -q "waiting for GDB" with.txt; do kill -0 $simulation; sleep 0.1; done
cat > script <<'END'
set pagination off
set confirm off
target remote ./gdb.sock
info registers pc
break stoic_run
continue
stepi
watch device->finished
continue
delete
break stoic_result
continue
info registers mcause
monitor vectors
monitor state y
monitor registers
monitor counters
monitor dma
x/1xw 0x40000000
delete
continue
END
gdb-multiarch -q -nx -batch -x script "$firmware" > gdb.txt 2>&1
wait $simulation
trap - EXIT
expect() { grep -q -- "$1" gdb.txt || { echo "gdb did not say: $1"; cat gdb.txt; exit 1; }; }
expect "0x20000000 <_start>"
expect "Breakpoint 1, stoic_run"
expect "atchpoint 2"
expect "Breakpoint 3, stoic_result"
expect "mcause"
expect "^y\\[4\\] = "
expect "^SAMPLES_DONE  *0x00000001"
expect "^idle, program word"
expect "^dma OUTPUT: idle, 1 beats moved"
expect "0x424d5453"
expect "exited normally"
# Time stood still: the same samples, cycles and instructions as without a debugger.
lines() { grep -E "^(sample|loaded|firmware:|output bits|cycles)" "$1"; }
lines alone.txt > a && lines with.txt > b && cmp a b
