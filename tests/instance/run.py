#!/usr/bin/env python3
"""Qualifies one accelerator instance: what passes on it, and what it has no room for.

usage: run.py HW FILE     HW: what STOIC_HW takes, a built-in name or a path; FILE: the instance itself

Builds golden, cycle model, RTL and the command with sanitizers for the instance into build-instance, then runs every
test that concerns an instance. A test that asks for more than the instance has is not run, and one line says what it
needs. Ends with 1 when a test fails. STOIC_INSTRUCTIONS=N: random instructions a test compares (default 8000).
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build-instance"

# What to run, from the cheapest to the dearest, with which cases; and what it is about.
TESTS = [
    ("instance_test", "*", "golden model, images"),
    ("rtl_bus_test", "*", "registers and bus of the RTL"),
    ("module_test", "*Rtl*", "sockets of cycle model and RTL"),
    ("cosim_test", "*", "cycle model and RTL against golden, random programs and drivers"),
    ("limits_test", "*", "registers in all their bits, on every body"),
    ("instance_networks_test", "*", "networks: compiler, bodies, firmware"),
]
LONGEST = 3 * 3600  # seconds of one of them
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=0:strict_string_checks=1:check_initialization_order=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "STOIC_INSTRUCTIONS": "8000",
}


def build(hw):
    """Configures and builds; its output goes to standard error."""
    targets = ["stoic", "stoic_firmware", *(name for name, _, _ in TESTS)]
    for command in (["cmake", "--preset", "instance", f"-DSTOIC_HW={hw}"],
                    ["cmake", "--build", "--preset", "instance", "--target", *targets]):
        if subprocess.run(command, cwd=ROOT, stdout=sys.stderr).returncode != 0:
            sys.exit("dev test --hw: the build failed; its messages are above")


def run(name, cases, instance):
    """The output of one executable, and how it ended."""
    log = BUILD / f"{name}.log"
    environment = {**ENVIRONMENT, **os.environ, "STOIC_INSTANCE": str(instance)}
    command = [BUILD / "bin" / name, f"--gtest_filter={cases}", "--gtest_brief=0"]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment,
                                   start_new_session=True)
        try:
            code = process.wait(LONGEST)
        except BaseException as stopped:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(stopped, subprocess.TimeoutExpired):
                raise
            code = None
    return log.read_text(errors="replace"), code


def judge(output):
    """Cases that passed and failed; and what was left out: {reason: [cases]}. From what GoogleTest prints."""
    passed, failed, left_out = [], [], {}
    parts = re.split(r"^\[ RUN      \] (.*)$", output, flags=re.M)
    for case, text in zip(parts[1::2], parts[2::2]):
        for what in re.findall(r"^left out: (.*)$", text, flags=re.M):
            left_out.setdefault(what, []).append(case)
        skipped = re.search(r": Skipped\n(.*)", text)
        if re.search(r"^\[  SKIPPED \]", text, flags=re.M) and skipped:
            left_out.setdefault(skipped[1].strip(), []).append(case)
        elif re.search(r"^\[       OK \]", text, flags=re.M):
            passed.append(case)
        else:
            failed.append(case)
    return passed, failed, left_out


def main():
    hw, instance = sys.argv[1:]
    begun = time.monotonic()
    build(hw)
    info = subprocess.run([BUILD / "bin" / "stoic", "info", instance], env={**ENVIRONMENT, **os.environ},
                          stdout=subprocess.PIPE, text=True)
    if info.returncode != 0:  # it has said why
        sys.exit(info.returncode)
    print(info.stdout, flush=True)
    passed, failed, left_out = 0, [], {}
    for name, cases, about in TESTS:
        print(f"{name}: {about} ...", flush=True)
        since = time.monotonic()
        output, code = run(name, cases, instance)
        good, bad, skipped = judge(output)
        print(f"  {len(good)} passed, {len(bad)} failed, in {time.monotonic() - since:.0f} s", flush=True)
        if code != 0:
            ending = "did not end" if code is None else f"ended with {code}"
            bad = bad or [f"{name} {ending}"]
            print(output[-20000:])
            print(f"  {name} {ending}; all of its output: {BUILD / (name + '.log')}", flush=True)
        passed += len(good)
        failed += bad
        for reason, which in skipped.items():
            left_out.setdefault(reason, []).extend(which)
    digest = re.search(r"^hash (\w+)", info.stdout, flags=re.M)[1]
    print(f"\n{instance}, hash {digest}: {passed} tests passed, {len(failed)} failed, in "
          f"{time.monotonic() - begun:.0f} s with the build")
    for reason, which in left_out.items():
        more = f" and {len(which) - 1} more" if len(which) > 1 else ""
        print(f"not run: {which[0]}{more}: {reason}")
    for case in failed:
        print(f"FAILED: {case}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
