#!/usr/bin/env bash
# Runs networks on the RTL in Icarus Verilog, a simulator with four states and a parser of its own, and compares every beat
# of the output with golden. Called by ./dev icarus and by a test; needs iverilog.
#
# usage: run.sh STOIC [--samples N] [--hw NAME|FILE.json]... [MODEL.npz|RECIPE]...
#
# Without --hw: tiny and default. Without a model: letters-ffesn. A recipe is trained for one epoch. A network that does not
# fit an instance is named and left out; one that runs nowhere is a failure.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
fail() { echo "run.sh: $1" >&2 && exit "${2:-3}"; }
[[ $# -ge 1 ]] || fail "the first argument is the command stoic" 2
stoic=$(readlink -f "$1") && shift
samples=3 instances=() models=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --samples) [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || fail "--samples needs a number above 0" 2; samples=$2; shift 2 ;;
    --hw) [[ $# -ge 2 ]] || fail "--hw needs an instance" 2; instances+=("$2"); shift 2 ;;
    -*) fail "unknown option $1; the head of rtl/bench/run.sh says what there is" 2 ;;
    *) models+=("$1"); shift ;;
  esac
done
[[ ${#instances[@]} -gt 0 ]] || instances=(tiny default)
[[ ${#models[@]} -gt 0 ]] || models=(letters-ffesn)
command -v iverilog >/dev/null || fail "Icarus Verilog is missing; apt-get install iverilog"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sources=()
while read -r file; do
  # Icarus 11.0 wakes always_comb blocks by each other, for ever (its issue 508); later versions do not.
  sed 's/\balways_comb\b/always @*/' "$here/../$file" >"$work/$file"
  sources+=("$work/$file")
done < <(grep -o '[a-z_]*\.sv' "$here/../sources.cmake")

# bench INSTANCE: makes $work/INSTANCE.vvp, or fails
bench() {
  local name=$1 json=$1
  [[ -f $json ]] || json=$here/../../hw-configs/$1.json
  [[ -f $json ]] || fail "$1: neither a file nor an instance of hw-configs/"
  cat >"$work/generate.cmake" <<END
cmake_minimum_required(VERSION 3.25)
include($here/../../hw-configs/generate.cmake)
generate_contract($here/../../hw-configs/interface.json $(readlink -f "$json") $work/contract-$2)
END
  cmake -P "$work/generate.cmake" >"$work/log" 2>&1 || { cat "$work/log" >&2 && exit 3; }
  iverilog -g2012 -o "$work/$2.vvp" -s stoic_bench "$work/contract-$2/stoic_pkg.sv" "${sources[@]}" "$here/stoic_bench.sv" \
    >"$work/log" 2>&1 || { grep -v sorry "$work/log" >&2 && fail "$name: Icarus refuses the RTL" 1; }
}

failed=0 ran=0
for i in "${!instances[@]}"; do bench "${instances[$i]}" "$i"; done
for model in "${models[@]}"; do
  trained=$model
  if [[ $model != *.npz ]]; then
    trained=$work/$(basename "$model").npz
    "$stoic" train "$model" --epochs 1 -o "$trained" >"$work/log" 2>&1 || { tail -1 "$work/log" >&2 && exit 3; }
  fi
  for i in "${!instances[@]}"; do
    if ! "$stoic" compile "$trained" --hw "${instances[$i]}" -o "$work/image" >"$work/log" 2>&1; then
      echo "$model on ${instances[$i]}: left out: $(tail -1 "$work/log")"
      continue
    fi
    rm -rf "$work/export"
    "$stoic" export "$work/image" -o "$work/export" --samples "$samples" >/dev/null
    restore=()
    grep -q 'samples_per_start_max = 1,' "$work/export/model.c" && restore=(+restore)
    play() { vvp -n "$work/$i.vvp" +folder="$work/export" +samples="$samples" "${restore[@]}" "$@" | grep '^stoic_bench: ' || true; }
    line=$(play) filled=
    if [[ $line != *", 0 differ; "* ]]; then # products of 0 and X?
      line=$(play +padding) filled=" (random numbers in what is multiplied by 0)"
    fi
    echo "$model on ${instances[$i]}: ${line//stoic_bench: /}$filled"
    ran=$((ran + 1))
    [[ $line == *", 0 differ; "* ]] || failed=1
  done
done
[[ $ran -gt 0 ]] || fail "no network ran on any instance" 1
exit $failed
