#!/usr/bin/env bash
# What a separate element-wise multiplier would cost: cells of one lane with its slice of the state memory, as it is and
# with it (stoic_overlapped_lane.sv). Needs yosys and cmake; logs stay in build-synthesis/. overlap.py says what it gains.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
out=$(readlink -f ../..)/build-synthesis
mkdir -p "$out"
cmake -S . -B "$out" >"$out/overlap.log" 2>&1 || { cat "$out/overlap.log" >&2 && exit 1; }
read -ra sources <"$out/sources.txt"

# cells INSTANCE OVERLAP COMMAND NAME...: how many cells of these names
cells() {
  local stat=$out/overlap_$1_$2.stat name
  yosys -q -p "read_verilog -sv $out/$1/stoic_pkg.sv ${sources[*]} $PWD/stoic_overlapped_lane.sv
    chparam -set Overlap $2 stoic_overlapped_lane; $3 -top stoic_overlapped_lane; tee -o $stat stat" >/dev/null 2>"$stat.err" ||
    { tail -5 "$stat.err" >&2 && exit 1; }
  printf '%-8s %-8s' "$1" "$([[ $2 == 1 ]] && echo two || echo one)"
  for name in "${@:4}"; do
    printf ' %s %s' "$(awk -v cell="^$name\$" '$1 ~ cell {n += $2} END {print n + 0}' "$stat")" "$name"
  done
  echo
}

echo "one lane with its states: instance, multipliers, cells"
for overlap in 0 1; do cells default $overlap synth_ecp5 LUT4 TRELLIS_FF DP16KD MULT18X18D; done
for overlap in 0 1; do cells tiny $overlap "synth_ice40 -dsp" SB_LUT4 "SB_DFF.*" SB_RAM40_4K SB_MAC16; done
