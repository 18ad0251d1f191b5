#!/bin/sh
# A network as C without an accelerator, compiled for this machine and for others: the same outputs as golden, which firmware
# that drives the cycle model has been compared with.
#   c_target.sh STOIC IMAGE|MODEL.npz|RECIPE FOLDER REPOSITORY GENERATED riscv CROSS_COMPILER
#   c_target.sh STOIC IMAGE|MODEL.npz|RECIPE FOLDER REPOSITORY GENERATED cortex-m
set -eu
stoic=$1 image=$2 folder=$3 repository=$4 generated=$5 machine=$6 cross=${7:-}
rm -rf "$folder" && mkdir -p "$folder" && cd "$folder"
case $image in
  *.img) ;;
  *)
    model=$image
    case $model in *.npz) ;; *)
      model=model.npz
      "$stoic" train "$image" --epochs 1 -o $model --set data.train_samples=300 > /dev/null ;;
    esac
    image=network.img
    "$stoic" compile "$model" -o $image > /dev/null ;;
esac
"$stoic" export "$image" -o driver --samples 40 > /dev/null
"$stoic" export "$image" -o c --target c --name letters > /dev/null
"$stoic" cosim "$image" --backend systemc --firmware replay --limit 40 > replay.txt
sed -n 's/^sample [0-9]*: class \([0-9]*\) .*outputs\(.*\)/\1:\2/p' replay.txt > golden.txt
test "$(wc -l < golden.txt)" = 40
programs=$repository/tests/firmware/programs
cc -std=c99 -O2 -Wall -Wextra -Werror -Wconversion -Wno-sign-conversion -Ic c/letters.c -c -o letters.o
cc -std=c99 -O2 -Wall -Wextra -Werror -Ic -Idriver -Idriver/driver "$programs/network.c" driver/model.c letters.o -o network
./network | grep -E '^[0-9]+:' > native.txt
cmp golden.txt native.txt
if test "$machine" = cortex-m; then
  "$repository/firmware/cortex_m/run.sh" network.elf -std=gnu99 -O2 -DON_CORTEX_M -Ic -Idriver -Idriver/driver \
    "$programs/network.c" driver/model.c c/letters.c > cortex.txt
  grep -E '^[0-9]+:' cortex.txt > m3.txt
  cmp golden.txt m3.txt
  echo "measured $(sed -n 's/^cycles a sample: //p' cortex.txt) instructions a sample"
  exit 0
fi
"$cross" -march=rv32imc -mabi=ilp32 -misa-spec=2.2 -mcmodel=medany --specs=picolibc.specs -std=gnu99 -O2 -Wall -Wextra -Werror \
  -DPICOLIBC_INTEGER_PRINTF_SCANF -nostartfiles -DON_THE_PLATFORM -Ic -Idriver -I"$repository/firmware/driver" \
  -I"$repository/firmware/board" -I"$generated" -L"$generated" -T"$repository/firmware/board/link.ld" \
  "$repository/firmware/board/start.S" "$repository/firmware/board/board.c" "$repository"/firmware/driver/*.c \
  "$programs/network.c" driver/model.c c/letters.c -o network.elf
"$stoic" cosim "$image" --backend systemc --firmware ./network.elf --limit 1 > platform.txt
grep -E '^[0-9]+:' platform.txt > rv32.txt
cmp golden.txt rv32.txt
# The manifest's figure for cycles is that of the platform, within a fifth.
measured=$(sed -n 's/^cycles a sample: //p' platform.txt)
stated=$(sed -n 's/.*"rv32imc_cycles": \([0-9]*\).*/\1/p' c/manifest.json)
echo "measured $measured cycles a sample, stated $stated"
test $((10 * stated)) -gt $((8 * measured)) && test $((10 * stated)) -lt $((12 * measured))
