#!/usr/bin/env python3
"""Line coverage of the RTL under the tests that run it.

usage: run.py

Verilates the RTL for tests/coverage/instance.json with --coverage-line into build-coverage, runs the tests of the RTL
there, and prints for each RTL file how many of its lines were reached, and every line that was not, with its reason
where unreachable.txt gives one. Ends with 1 below 95 percent in all, and when a line of unreachable.txt was reached or
is gone. STOIC_INSTRUCTIONS=N: random instructions a test compares. build-coverage/annotated shows the counts.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / "build-coverage"
DATA = BUILD / "coverage"
ANNOTATED = BUILD / "annotated"
MERGED = BUILD / "merged.dat"
TESTS = ["rtl_bus_test", "cosim_test"]
LEAST_PERCENT = 95
# A split block may count its branches after it has changed what they look at.
VERILATOR_ARGS = "--coverage-line;-fno-split;-fno-reorder"


def run(remedy, command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{result.stdout}\ncoverage: {remedy}")


def build():
    run("cannot configure; ./dev test says more",
        ["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
         "-DCMAKE_CXX_FLAGS_RELEASE=-O1", "-DSTOIC_RTL_COMPILE_OPTIONS=-O1", f"-DSTOIC_VERILATOR_ARGS={VERILATOR_ARGS}",
         "-DSTOIC_TRACES=OFF", "-DSTOIC_RTL_INSTANCES=", "-DSTOIC_BENCHMARKS=OFF",
         f"-DSTOIC_HW={HERE}/instance.json"])
    run("does not build; ./dev test says more", ["cmake", "--build", BUILD, "--target", *TESTS])


def measure():
    """Every device that ends writes its counts into DATA; then they are added up beside the lines."""
    for folder in (DATA, ANNOTATED):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    for test in TESTS:
        run(f"{test} fails; repair it first", [BUILD / "bin" / test],
            env={**os.environ, "STOIC_COVERAGE_DIR": str(DATA)})
    files = sorted(DATA.glob("*.dat"))
    if not files:
        sys.exit("coverage: no device wrote counts; sim/rtl/verilated_device.hpp does so with VM_COVERAGE")
    run("verilator_coverage fails; is it there beside verilator?",
        ["verilator_coverage", "--annotate", ANNOTATED, "--annotate-min", "1", "--write", MERGED, *files])


def read_counts():
    """file -> {line: count}. A line counts as often as the rarest of the branches and blocks that it is part of."""
    counts = {}
    for record in MERGED.read_text().splitlines():
        match = re.fullmatch(r"C '(.*)' (\d+)", record)
        if not match:
            continue
        keys = dict(part.split("\x02") for part in match[1].split("\x01") if part)
        lines = counts.setdefault(pathlib.Path(keys["f"]).name, {})
        # "S" holds the lines of a block, as in 12-14,17; "l" is the line where a branch without a block would stand.
        for block in keys.get("S", keys["l"]).split(","):
            first, _, last = block.partition("-")
            for line in range(int(first), int(last or first) + 1):
                lines[line] = min(lines.get(line, int(match[2])), int(match[2]))
    return counts


def read_reasons():
    """(file, text of the line) -> reason; see the head of unreachable.txt."""
    reasons = {}
    for entry in (HERE / "unreachable.txt").read_text().splitlines():
        if entry and not entry.startswith("#"):
            file, rest = entry.split(" | ", 1)
            text, reason = rest.rsplit(" | ", 1)
            reasons[file, text] = reason
    return reasons


def report():
    reasons, counts, missed = read_reasons(), read_counts(), []
    total = 0
    print("lines reached of lines that count:")
    for path in sorted((ROOT / "rtl").glob("*.sv")):
        lines = counts.get(path.name, {})
        text = path.read_text().splitlines()
        unreached = [line for line, count in sorted(lines.items()) if count == 0]
        missed += [(path.name, line, text[line - 1].strip()) for line in unreached]
        total += len(lines)
        share = f"{100 - 100 * len(unreached) / len(lines):6.1f} %" if lines else "    none"
        print(f"{len(lines) - len(unreached):5} of {len(lines):4} {share}  rtl/{path.name}")
    for file, line, text in missed:
        print(f"rtl/{file}:{line}: {text}\n    not reached: {reasons.get((file, text), 'NO REASON; add a test')}")
    places = {(file, text) for file, _, text in missed}
    stale = [place for place in reasons if place not in places]
    for file, text in stale:
        print(f"unreachable.txt: {file}: {text}: is reached now, or no longer there; take the entry away")
    percent = 100 - 100 * len(missed) / max(total, 1)
    unexplained = sum((file, text) not in reasons for file, _, text in missed)
    print(f"{percent:.1f} % of {total} lines; {unexplained} unreached without a reason; "
          f"at least {LEAST_PERCENT} % are asked for")
    return 1 if total == 0 or percent < LEAST_PERCENT or stale else 0


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    build()
    measure()
    return report()


if __name__ == "__main__":
    sys.exit(main())
