#!/bin/sh
# Sessions of gdb-multiarch with firmware on the platform: gdb.sh STOIC IMAGE FIRMWARE.elf BACKEND FOLDER
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

# Ctrl-C stops a program that counts for ever; put back to where it was, it goes on and ends well.
test "$backend" = systemc || exit 0
"$stoic" cosim "$image" --backend systemc --firmware "$firmware" --limit 2 --silence 0 --timeout 1e6 --gdb ./gdb2.sock > endless.txt 2>&1 &
simulation=$!
trap 'kill $simulation 2>/dev/null || true' EXIT
while ! grep -q "waiting for GDB" endless.txt; do kill -0 $simulation; sleep 0.1; done
cat > endless <<'END'
set pagination off
set confirm off
target remote ./gdb2.sock
break stoic_run
continue
set $place = $pc
set $value = $a0
set {int}0x80100000 = 0x00150513
set {int}0x80100004 = 0xffdff06f
set $pc = 0x80100000
shell touch counting
continue
info registers pc
set $pc = $place
set $a0 = $value
delete
continue
END
rm -f counting
gdb-multiarch -q -nx -batch -x endless "$firmware" > ctrl_c.txt 2>&1 &
debugger=$!
trap 'kill $simulation $debugger 2>/dev/null || true' EXIT
while ! test -e counting; do kill -0 $debugger; sleep 0.1; done
# The signal would end a script that has not reached `continue`: the simulation must have computed first.
# It runs in a process of its own.
ticks() {
  sum=0
  for process in $simulation $(cat "/proc/$simulation/task/$simulation/children"); do
    sum=$((sum + $(cut -d' ' -f14 "/proc/$process/stat")))
  done
  echo $sum
}
before=$(ticks)
while test "$(ticks)" -lt $((before + 20)); do kill -0 $simulation; sleep 0.1; done
kill -INT $debugger
wait $debugger
wait $simulation
trap - EXIT
grep -q "received signal SIGINT" ctrl_c.txt || { echo "no Ctrl-C"; cat ctrl_c.txt; exit 1; }
grep -q "^pc  *0x8010000[0-4]" ctrl_c.txt
grep -q "exited normally" ctrl_c.txt
grep -q "^firmware: exit with code 0 " endless.txt

# An exit code of 256 (li a0, 256; lui t1, EXIT; sw a0, CODE(t1)) is no good end, though the protocol has a byte for it.
"$stoic" cosim "$image" --backend systemc --firmware "$firmware" --gdb ./gdb3.sock > large.txt 2>&1 &
simulation=$!
trap 'kill $simulation 2>/dev/null || true' EXIT
while ! grep -q "waiting for GDB" large.txt; do kill -0 $simulation; sleep 0.1; done
cat > large <<'END'
set confirm off
target remote ./gdb3.sock
monitor nothing
set {int}0x80100000 = 0x10000513
set {int}0x80100004 = 0x10005337
set {int}0x80100008 = 0x00a32023
set $pc = 0x80100000
continue
END
gdb-multiarch -q -nx -batch -x large "$firmware" > large_gdb.txt 2>&1
if wait $simulation; then echo "stoic ended well"; exit 1; fi
trap - EXIT
grep -q "exited with code 0377" large_gdb.txt || { echo "no exit code"; cat large_gdb.txt; exit 1; }
grep -q '"nothing" is none of these' large_gdb.txt
grep -q "exit with code 256 " large.txt
