#!/usr/bin/env bash
# Lints the RTL of every built-in instance, and of those at the ends of what is legal, with Verilator, and has Icarus Verilog
# elaborate it; shows that no output of the accelerator follows an input within a cycle; synthesises `tiny` for the iCE40 UP5K,
# places and routes it, and synthesises `default` for the ECP5. Prints a table; fails when a warning appears or either does not fit. Called by
# ./dev lint; needs verilator, iverilog, yosys, nextpnr-ice40. Logs stay in build-synthesis/.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
out=$(readlink -f ../..)/build-synthesis
cmake -S . -B "$out" >"$out.log" 2>&1 || { cat "$out.log" >&2 && exit 1; }
rm -f "$out.log"
read -ra sources <"$out/sources.txt"

instances=(tiny compact small default wide smallest few_words odd_narrow odd_wide wide_weights largest)
for name in "${instances[@]}"; do
  verilator --lint-only -Wall ../verilator.vlt "$out/$name/stoic_pkg.sv" "${sources[@]}" --top-module stoic_accelerator
done
echo "verilator -Wall: no warnings on ${instances[*]}"

for name in tiny compact small default wide; do
  iverilog -g2012 -t null -s stoic_accelerator "$out/$name/stoic_pkg.sv" "${sources[@]}" >"$out/$name.icarus" 2>&1 ||
    { grep -v sorry "$out/$name.icarus" >&2 && exit 1; }
done
echo "iverilog -g2012: elaborates tiny, compact, small, default, wide"

# paths NAME: the inputs that reach an output without a register between, walking back from the outputs of the netlist.
# Memories count as wires from their address to their data, which is more than the truth: they read on a clock edge.
paths() {
  yosys -q -p "read_verilog -sv $out/$1/stoic_pkg.sv ${sources[*]}; hierarchy -top stoic_accelerator; proc; flatten;
    memory_dff; opt_clean; chtype -set register t:\$dff t:\$dffe t:\$sdff t:\$sdffe t:\$sdffce;
    select -assert-min 100 t:register; select -write $out/$1.paths o:* %ci*:-register i:* %i" >/dev/null 2>"$out/$1.err" ||
    { tail -5 "$out/$1.err" >&2 && exit 1; }
  [[ ! -s $out/$1.paths ]] || { echo "$1: an output follows these inputs within a cycle:" >&2 && cat "$out/$1.paths" >&2 && exit 1; }
}
paths tiny
paths default
echo "netlist: no output follows an input within a cycle on tiny, default"

# synthesise NAME TOP COMMAND [SOURCE...]: runs Yosys; its log is $out/NAME.log
synthesise() {
  yosys -l "$out/$1.log" -q -p \
    "read_verilog -sv $out/${1%%_*}/stoic_pkg.sv ${sources[*]} ${*:4}; $3 -top $2 -json $out/$1.json; tee -o $out/$1.stat stat" \
    >/dev/null 2>"$out/$1.err" || { tail -5 "$out/$1.err" >&2 && exit 1; }
}
count() { awk -v cell="$2" '$1 ~ "^"cell"$" {n += $2} END {print n + 0}' "$out/$1.stat"; }

synthesise tiny stoic_accelerator "synth_ice40 -dsp -spram"
synthesise tiny_pins stoic_pin_harness "synth_ice40 -dsp -spram" "$PWD/stoic_pin_harness.sv"
nextpnr-ice40 --up5k --package sg48 --json "$out/tiny_pins.json" --asc "$out/tiny.asc" --freq 12 --seed 1 \
  >"$out/tiny_place.log" 2>&1 || { grep ERROR "$out/tiny_place.log" >&2 && exit 1; }
clock=$(grep -o 'Max frequency.*' "$out/tiny_place.log" | tail -1 | grep -o '[0-9.]* MHz' | head -1)
cells=$(grep -o 'ICESTORM_LC: *[0-9]*/ *[0-9]*' "$out/tiny_place.log" | tail -1 | sed 's/.*: *//')
synthesise default stoic_accelerator "synth_ecp5"

fits=0
row() { # row NAME USED AVAILABLE
  printf '%-34s %8s %8s\n' "$1" "$2" "$3"
  [[ $3 == - || $2 -le $3 ]] || { fits=1 && echo "  too many"; }
}
printf "%-34s %8s %8s\n" "tiny, iCE40 UP5K" used there
row "  LUT4" "$(count tiny SB_LUT4)" 5280
row "  RAM blocks (SB_RAM40_4K)" "$(count tiny SB_RAM40_4K)" 30
row "  SPRAM" "$(count tiny SB_SPRAM256KA)" 4
row "  DSP (SB_MAC16)" "$(count tiny SB_MAC16)" 8
echo "  placed and routed (sg48, six pins): $cells logic cells, $clock"
echo "default, ECP5-85"
row "  LUT4" "$(count default LUT4)" 83640
row "  carry (CCU2C)" "$(count default CCU2C)" -
row "  flip-flops (TRELLIS_FF)" "$(count default TRELLIS_FF)" 83640
row "  RAM blocks (DP16KD)" "$(count default DP16KD)" 208
row "  multipliers (MULT18X18D)" "$(count default MULT18X18D)" 156
row "  memory outside of RAM blocks" "$(count default TRELLIS_DPR16X4)" 0
exit $fits
