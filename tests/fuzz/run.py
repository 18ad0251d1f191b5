#!/usr/bin/env python3
"""Fuzz targets: inputs made by chance and steered by what they reach, for every file that stoic reads.

usage: run.py [TARGET...] [--seconds N]     all targets, 60 seconds each

Builds the targets with Clang, libFuzzer and sanitizers into build-fuzz, and runs one after the other. What reached something
new is kept in build-fuzz/corpus, for the next run to begin with. Ends with 1 on a finding, with 3 when Clang is missing.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build-fuzz"
# One input may take so many seconds (of a busy machine) and MiB. Inputs are small: what takes more is a finding.
LIMITS = ["-timeout=20", "-rss_limit_mb=2048", "-malloc_limit_mb=1024"]
SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=0:strict_string_checks=1:allow_addr2line=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


def fail(code, message):
    print(f"dev fuzz: {message}", file=sys.stderr)
    sys.exit(code)


def targets():
    """The names in CMakeLists.txt, in its order."""
    text = (ROOT / "tests" / "fuzz" / "CMakeLists.txt").read_text()
    return re.findall(r"^fuzz_target\((\w+)", text, re.MULTILINE)


def arguments():
    parser = argparse.ArgumentParser(prog="./dev fuzz", usage="./dev fuzz [TARGET...] [--seconds N]", allow_abbrev=False)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(targets()))
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each target (default: 60)")
    options = parser.parse_args()
    if options.seconds < 1:
        fail(2, "--seconds must be at least 1")
    for name in options.targets:
        if name not in targets():
            fail(2, f"there is no target {name}; there are {', '.join(targets())}")
    return options


def require_clang():
    try:
        library = subprocess.run(["clang++-14", "-print-file-name=libclang_rt.fuzzer-x86_64.a"], capture_output=True,
                                 text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        library = ""
    if not pathlib.Path(library).is_absolute() or not pathlib.Path(library).exists():
        fail(3, "Clang 14 with libFuzzer is missing; install the packages clang-14, libclang-rt-14-dev and libomp-14-dev")


def build(names):
    steps = [["cmake", "--preset", "fuzz"],
             ["cmake", "--build", "--preset", "fuzz", "--target", *(f"fuzz_{name}" for name in names)]]
    for step in steps:
        done = subprocess.run(step, cwd=ROOT, stdout=sys.stderr)
        if done.returncode != 0:
            fail(1, f"{' '.join(step[:4])} failed; its messages are above")


def run(name, seconds):
    """Runs one target, prints its row; returns whether it found nothing."""
    program = BUILD / "bin" / f"fuzz_{name}"
    corpus, seeds, findings = (BUILD / folder / name for folder in ("corpus", "seeds", "findings"))
    corpus.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    seeds.parent.mkdir(exist_ok=True)
    environment = {**SANITIZERS, **os.environ}
    subprocess.run([program, "--seeds", seeds], env=environment, check=True)
    log = BUILD / "findings" / f"{name}.log"
    command = [program, corpus, seeds, *LIMITS, f"-max_total_time={seconds}", "-print_final_stats=1",
               f"-dict={seeds}.dict", f"-artifact_prefix={findings}/"]
    with open(log, "w") as output:
        code = subprocess.run(command, env=environment, stdout=output, stderr=output).returncode
    text = log.read_text(errors="replace")
    executions = number(r"stat::number_of_executed_units:\s*(\d+)", text)
    per_second = number(r"stat::average_exec_per_sec:\s*(\d+)", text)
    edges = number(r"cov: (\d+)", text)
    print(f"{name:<12} {executions:>12,} {per_second:>10,} {edges:>9,} {'none' if code == 0 else 'FOUND':>9}", flush=True)
    if code != 0:
        written = re.findall(r"Test unit written to (\S+)", text)
        what = re.search(r"^(finding: .*|.*(?:ERROR|runtime error|terminate called).*)$", text, re.MULTILINE)
        print(f"  {what.group(1) if what else f'ended with {code}'}\n  the log is {log}")
        if written:
            print(f"  repeat it with: {program} {written[-1]}", flush=True)
    return code == 0


def number(pattern, text):
    """The last number that the pattern finds; 0 for none."""
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def main():
    options = arguments()
    names = options.targets or targets()
    require_clang()
    build(names)
    print(f"{'target':<12} {'executions':>12} {'a second':>10} {'edges':>9} {'findings':>9}", flush=True)
    found = [name for name in names if not run(name, options.seconds)]
    print(f"{len(names)} targets, {options.seconds} s each: " + (f"findings in {', '.join(found)}" if found else "no finding"))
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
