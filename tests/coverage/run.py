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
TESTS = ["rtl_bus_test", "cosim_test"]
LEAST_PERCENT = 95


def run(remedy, command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{result.stdout}\ncoverage: {remedy}")


def build():
    run("cannot configure; ./dev test says more",
        ["cmake", "-S", ROOT, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
         "-DCMAKE_CXX_FLAGS_RELEASE=-O1", "-DSTOIC_RTL_COMPILE_OPTIONS=-O1", "-DSTOIC_VERILATOR_ARGS=--coverage-line",
         "-DSTOIC_TRACES=OFF", "-DSTOIC_BENCHMARKS=OFF", f"-DSTOIC_HW={HERE}/instance.json"])
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
        ["verilator_coverage", "--annotate-all", "--annotate-min", "1", "--annotate", ANNOTATED, *files])


def read_lines(path):
    """(number, text, reached) of each line that can be counted."""
    lines, number = [], 0
    for line in path.read_text().splitlines():
        if line.startswith("//\t// verilator_coverage annotation"):
            continue
        number += 1
        if counted := re.match(r"[ %~]*(\d{6,})\t(.*)", line):
            lines.append((number, counted[2].strip(), int(counted[1]) > 0))
    return lines


def read_reasons():
    """(file, text of the line) -> reason; see the head of unreachable.txt."""
    reasons = {}
    for entry in (HERE / "unreachable.txt").read_text().splitlines():
        if entry and not entry.startswith("#"):
            place, text, reason = (part.strip() for part in entry.split(" | "))
            reasons[place, text] = reason
    return reasons


def report():
    reasons, missed, stale = read_reasons(), [], []
    total = covered = 0
    print("lines reached of lines that count:")
    for path in sorted((ROOT / "rtl").glob("*.sv")):
        annotated = ANNOTATED / path.name
        lines = read_lines(annotated) if annotated.exists() else []
        reached = sum(line[2] for line in lines)
        total, covered = total + len(lines), covered + reached
        share = f"{100 * reached / len(lines):6.1f} %" if lines else "   none"
        print(f"{reached:5} of {len(lines):4} {share}  rtl/{path.name}")
        missed += [(path.name, number, text) for number, text, hit in lines if not hit]
    places = {(file, text) for file, _, text in missed}
    for file, number, text in missed:
        print(f"rtl/{file}:{number}: {text}\n    not reached: {reasons.get((file, text), 'NO REASON: add a test')}")
    stale = [place for place in reasons if place not in places]
    for file, text in stale:
        print(f"unreachable.txt: rtl/{file}: {text}: was reached, or is no longer there; take the entry away")
    percent = 100 * covered / max(total, 1)
    unexplained = sum((file, text) not in reasons for file, _, text in missed)
    print(f"{percent:.1f} % of {total} lines; {unexplained} unreached without a reason; at least {LEAST_PERCENT} % "
          "are asked for")
    return 1 if percent < LEAST_PERCENT or stale else 0


def main():
    if len(sys.argv) > 1:
        sys.exit(__doc__)
    build()
    measure()
    return report()


if __name__ == "__main__":
    sys.exit(main())
