#!/usr/bin/env bash
# rules.sh [REPOSITORY]: prints one line per broken rule; exits 1 when there is one, 77 outside a git checkout.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"
mapfile -d '' -t tracked < <(git -c safe.directory='*' ls-files -z)
if [[ ${#tracked[@]} -eq 0 ]]; then
  echo "skipped: not a git checkout, so nothing says which files belong to the project"
  exit 77
fi
broken=0
rule() { # rule FILE WHAT
  echo "$1: $2"
  broken=1
}

existing=()
for file in "${tracked[@]}"; do
  [[ ! -f $file ]] || existing+=("$file") # else deleted, not yet committed
done
chosen() { # chosen REGEX: those whose names fit, each ended by a zero byte
  printf '%s\0' "${existing[@]}" | grep -zE -- "$1"
}

# Large files make every clone slow for ever.
while read -r size file; do
  [[ $size -le 1000000 ]] || rule "$file" "is larger than 1 MB; generate it, or fetch it with ./dev fetch-data"
done < <(printf '%s\0' "${existing[@]}" | xargs -0 stat -c '%s %n')
while read -r file; do
  rule "$file" "must begin with #pragma once"
done < <(chosen '\.hpp$' | grep -zvE '^tests/.*/golden/' | xargs -0 awk 'FNR == 1 && $0 != "#pragma once" {print FILENAME}')
# A file should be read in one sitting.
while read -r lines file; do
  [[ $file == total || $lines -le 400 ]] || rule "$file" "has more than 400 lines; part it by what it does"
done < <(chosen '\.([ch]pp|c|h|sv|cmake|py|sh|txt|in)$|^dev$' | xargs -0 wc -l)
# A source that no CMakeLists.txt names is not compiled, and nobody notices.
declare -A named
for list in host/*/CMakeLists.txt sim/*/CMakeLists.txt; do
  for word in $(tr -c 'A-Za-z0-9_.\n' ' ' <"$list"); do named[${list%/*}/$word]=1; done
done
while IFS= read -r -d '' file; do
  [[ -n ${named[$file]-} ]] || rule "$file" "is not named in ${file%/*}/CMakeLists.txt"
done < <(chosen '^(host|sim)/.*\.cpp$')

# The folders stand on each other in this order: none uses one that comes after it.
order=(sim/io sim/contract sim/golden sim/device sim/systemc sim/rtl sim/platform
  host/random host/kernels host/integration host/dynamics host/model host/data host/learning host/analysis host/driven host/compiler host/compare host/report host/sweep host/library host/cli)
declare -A place
for i in "${!order[@]}"; do place[${order[i]}]=$i; done
while IFS=/ read -r tree folder file used_tree used _; do
  [[ ${place[$used_tree/$used]-99} -le ${place[$tree/$folder]--1} ]] ||
    rule "$tree/$folder/$file" "uses $used_tree/$used, which comes after $tree/$folder in the order of folders"
done < <(grep -roE --include='*.[ch]pp' '^#include "stoic/(sim|host)/[a-z0-9_]+/' host sim | sed -E 's!:[^"]*"stoic!!')

# Other versions of clang-format lay out some lines in another way; this is Debian's.
if clang-format --version 2>/dev/null | grep -q 'version 14\.'; then
  while read -r file; do
    rule "$file" "is not formatted; run ./dev format"
  done < <(./dev format --check 2>&1 | sed -nE 's/^([^: ]+):[0-9]+:[0-9]+: error: .*/\1/p' | sort -u)
fi

# Paths of one machine mean nothing on another. The names are put together here so that this file passes.
machine_paths='(^|[^[:alnum:]_.$}/~-])/(wor''k|roo''t|hom''e|far''m)([^[:alnum:]_-]|$)'
while IFS= read -r line; do
  rule "$line" "names a path of one machine"
done < <(printf '%s\0' "${tracked[@]}" | xargs -0 grep -InE --exclude='*.npz' -- "$machine_paths" 2>/dev/null || true)

# Every "./dev WORD" that a README promises is a command of the script.
commands=$(./dev help | sed -n 's/^  \([a-z-]*\) .*/\1/p')
while IFS=: read -r file word; do
  grep -qx -- "$word" <<<"$commands" || rule "$file" "speaks of ./dev $word, which the script does not know"
done < <(printf '%s\0' "${tracked[@]}" | grep -z '\.md$' | xargs -0 grep -oHE '\./dev [a-z][a-z-]*' | sed 's/:\.\/dev /:/' | sort -u)

# And every command of the script does something: the word stands in its list of cases.
for word in $commands; do
  grep -qE "^  (.*\| )?$word( \|.*)?\)" dev || rule dev "prints $word in its help but has no case for it"
done
exit "$broken"
