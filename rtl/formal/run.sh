#!/usr/bin/env bash
# Proves the properties of this folder without bound (Yosys, and property-directed reachability of ABC): on the registers by
# themselves and on a whole accelerator, the smallest whose vectors can have two beats. Then breaks one thing at a time; each broken copy must be refuted.
# Called by ./dev lint; needs cmake, yosys and berkeley's abc as yosys-abc. Logs stay in build-formal/.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
rtl=$(readlink -f "$here/..")
out=$(readlink -f "$here/../..")/build-formal
rm -rf "$out" && mkdir -p "$out"
limit=${STOIC_PROOF_SECONDS:-120} # of one proof

cat >"$out/generate.cmake" <<END
cmake_minimum_required(VERSION 3.25)
include($rtl/../hw-configs/generate.cmake)
generate_contract($rtl/../hw-configs/interface.json $here/two_words.json $out/contract)
END
cmake -P "$out/generate.cmake" >"$out/log" 2>&1 || { cat "$out/log" >&2 && exit 1; }
mapfile -t sources < <(grep -o '[a-z_]*\.sv' "$rtl/sources.cmake" | grep -v handshake_check)

# judge NAME TOP FOLDER: "proved", "refuted" or what ABC says instead
judge() {
  local files=("${sources[@]/#/$3/}")
  [[ $2 != formal_registers ]] || files=("$3/stoic_reaches.sv" "$3/stoic_registers.sv")
  yosys -q -p "read_verilog -sv -formal $out/contract/stoic_pkg.sv ${files[*]};
      read_verilog -sv -formal $here/axi_lite_properties.sv $here/axi_stream_properties.sv $here/$2.sv; prep -top $2; flatten; memory_map; async2sync; chformal -cover -remove;
      opt -fast; select -assert-min 2 t:\$assert; setundef -anyseq; techmap; opt -fast; dffunmap; aigmap; opt_clean;
      write_aiger -I -B -zinit $out/$1.aig" >"$out/$1.log" 2>&1 || { echo "failed: $(grep ERROR "$out/$1.log")" && return; }
  yosys-abc -c "read_aiger $out/$1.aig; fold; strash; pdr -T $limit" >>"$out/$1.log" 2>&1 || true
  if grep -q 'Property proved' "$out/$1.log"; then echo proved
  elif grep -q 'was asserted in frame' "$out/$1.log"; then echo refuted
  else echo "undecided: $(tail -1 "$out/$1.log")"; fi
}

failed=0
for top in formal_registers formal_accelerator; do
  verdict=$(judge $top $top "$rtl")
  printf '%-20s %s\n' "$top" "$verdict"
  [[ $verdict == proved ]] || failed=1
done

# broken TOP FILE OLD NEW WHAT
broken() {
  count=$((count + 1))
  local folder=$out/broken-$count verdict
  mkdir -p "$folder"
  cp "$rtl"/*.sv "$folder"
  OLD=$3 NEW=$4 awk 'index($0, ENVIRON["OLD"]) { at = index($0, ENVIRON["OLD"]); n++
      $0 = substr($0, 1, at - 1) ENVIRON["NEW"] substr($0, at + length(ENVIRON["OLD"])) } { print } END { exit n != 1 }' \
    "$rtl/$2" >"$folder/$2" || { echo "$2 does not have this once: $3" >&2 && failed=1 && return; }
  verdict=$(judge "broken-$count" "$1" "$folder")
  printf '%-20s %-9s %s\n' "$1" "$verdict" "$5"
  [[ $verdict == refuted ]] || failed=1
}
count=0
registers() { broken formal_registers stoic_registers.sv "$@"; }
registers 'end else if (bready_i) begin' 'end else begin' "a response is not held until it is taken"
registers 'end else if (rready_i) begin' 'end else begin' "data is not held until it is taken"
registers '&& !write_ready_q && !bvalid_o;' '&& !write_ready_q;' "a write is accepted while a response waits"
registers '<= awvalid_i && wvalid_i && !' '<= awvalid_i && !' "a write is accepted without its data"
registers '&& !memory_read_q && !write_ready_q;' '&& !write_ready_q;' "a read is accepted while MEM_DATA is under way"
registers "write && wstrb_i == 4'hf && writable" 'write && writable' "strobes of some bytes have an effect"
registers '? stoic_pkg::RunningWritableRegisters' '? stoic_pkg::RunningWritableRegisters | 64'"'"'d1 << 9' "START while busy"
registers 'if (end_i) begin' 'if (end_i && !(write && write_offset == 8'"'"'(stoic_pkg::RegIrqStatus))) begin' \
  "an end is lost to an acknowledge in its cycle"
registers '? stoic_pkg::RunningWritableRegisters' '? stoic_pkg::RunningWritableRegisters | 64'"'"'d1 << 34' "memories are written while busy"
accelerator() { broken formal_accelerator "$@"; }
accelerator stoic_output_port.sv 'in_flight_q && !frozen_o && !cancel_i' 'in_flight_q && !cancel_i' \
  "a beat is pushed over one that waits"
accelerator stoic_output_port.sv 'last_q  <= in_flight_last_q;' "last_q  <= 1'b0;" "a vector ends without TLAST"
accelerator stoic_output_port.sv "close_q <= begun_q && !closing;" "close_q <= 1'b0;" "an interrupted vector is not closed"
exit $failed
