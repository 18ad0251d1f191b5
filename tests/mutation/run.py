#!/usr/bin/env python3
"""Mutation tests: break one thing at a time, and see whether a test notices.

usage: run.py [FILTER]     FILTER: regular expression on the file or the description of a mutation
       run.py --check      only says which mutations no longer find their text

Copies the files of the checkout to build-mutation/source, builds the tests that look at the files to be mutated there
(they must pass), then applies each mutation of *.txt by itself and runs these tests until one fails. Ends with 1
when a mutation survives or cannot be used. STOIC_INSTRUCTIONS=N: random instructions a test compares (default 60000).
Compiles by ccache where that is installed.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "build-mutation"
SOURCE = WORK / "source"
BUILD = WORK / "build"

# Which tests look at a folder, from the cheapest to the dearest: to build (which counts for RTL) and to run. By how the name
# of a file begins; the first that fits counts.
TESTS = {
    "rtl/stoic_saturation_counters": ["saturation_counters_test", "cosim_test", "rtl_bus_test", "limits_test"],
    "rtl/": ["cosim_test", "rtl_bus_test", "limits_test"],
    "sim/systemc/accelerator": ["module_test"],
    "sim/systemc/": ["systemc_test", "cosim_test", "limits_test"],
    "sim/device/": ["session_test", "cosim_test"],
    "sim/golden/": ["golden_test", "systemc_test", "cosim_test"],
    "sim/contract/": ["contract_test", "golden_test", "systemc_test", "cosim_test"],
    "host/compiler/export_input": ["own_data_test"],
    "host/compiler/export_c": ["c_target_test"],
    "host/compiler/export_model_c": ["driver_test", "own_data_test"],
    "host/compiler/export": ["driver_test"],
    "host/compiler/esn_": ["driven_test"],
    "host/compiler/driven_": ["driven_test"],
    "host/compiler/compile_driven": ["driven_test"],
    "host/compiler/input_format": ["compiler_test", "own_data_test"],
    "host/compiler/placement": ["c_target_test"],
    "host/compiler/listing": ["driver_test"],
    "host/compiler/": ["compiler_test"],
    "firmware/driver/": ["driver_test"],
}
# Generated text is about interface.json, which no mutation changes; it may be out of date while one works on that.
FILTER = "--gtest_filter=-*GeneratedText*"
LEAST_TIMEOUT = 20  # seconds of one test; and at least 5 times what it takes without a mutation


class Mutation:
    def __init__(self, description, file, old, new):
        self.description, self.file, self.old, self.new = description, file, old, new

    def tests(self):
        for beginning, tests in TESTS.items():
            if self.file.startswith(beginning):
                return tests
        sys.exit(f"tests/mutation: no tests are named for {self.file}; add its folder to TESTS in run.py")


def read_mutations():
    """One mutation a block, blocks separated by an empty line:

        # description
        file, as seen from the root of the project
        - text to find; it must occur exactly once in the file (several such lines: text over several lines)
        + text to put there

    A block of lines that begin with ## is a comment. The RTL is linted, so a mutation must leave no signal unused."""
    mutations = []
    for path in sorted(HERE.glob("*.txt")):
        for block in re.split(r"\n{2,}", path.read_text().strip()):
            lines = block.splitlines()
            if all(line.startswith("##") for line in lines):
                continue
            old = [line[2:] for line in lines[2:] if line.startswith("-")]
            new = [line[2:] for line in lines[2:] if line.startswith("+")]
            if not lines[0].startswith("# ") or not old or len(lines) != 2 + len(old) + len(new):
                sys.exit(f"{path.name}: cannot read this block; see read_mutations() of run.py:\n{block}")
            mutations.append(Mutation(lines[0][2:], lines[1], "\n".join(old), "\n".join(new)))
    return mutations


def stale(mutations, source=SOURCE):
    """Every mutation must change exactly one place."""
    found = False
    for m in mutations:
        path = source / m.file
        count = path.read_text().count(m.old) if path.exists() else 0
        if count != 1:
            found = True
            print(f"stale mutation: {m.description}: {m.file} has its text {count} times, not once; "
                  f"adapt it in tests/mutation:\n{m.old}")
    return found


def copy_tree():
    """Only what differs is written, so that little is built again."""
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-coz", "--exclude-standard"],
                            cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode()
    files = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for path in list(SOURCE.rglob("*")):
        if path.is_file() and str(path.relative_to(SOURCE)) not in files:
            path.unlink()
    for name in files:
        source, target = ROOT / name, SOURCE / name
        if target.exists() and target.read_bytes() == source.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def configure():
    command = ["cmake", "-S", SOURCE, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
               "-DCMAKE_CXX_FLAGS_RELEASE=-O1", "-DSTOIC_RTL_COMPILE_OPTIONS=-O1", "-DSTOIC_TRACES=OFF",
               "-DSTOIC_RTL_INSTANCES=", "-DSTOIC_BENCHMARKS=OFF", "-DSTOIC_UNITY=OFF",
               f"-DSTOIC_HW={SOURCE}/tests/mutation/instance.json"]
    if shutil.which("ccache") and "CMAKE_CXX_COMPILER_LAUNCHER" not in os.environ:
        command += [f"-DCMAKE_{language}_COMPILER_LAUNCHER=ccache" for language in ("C", "CXX")]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f"{result.stdout}\nthe unmutated tree cannot be configured; ./dev test says more")


def build(tests):
    """The output of the build when it fails, else nothing."""
    # CMake would configure again whenever RTL has changed, which the build does not need: Verilator runs in it anyway.
    if (BUILD / "build.ninja").exists():
        (BUILD / "build.ninja").touch()
    result = subprocess.run(["cmake", "--build", BUILD, "--target", *tests], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)
    return result.stdout if result.returncode != 0 else None


def run_test(test, timeout):
    """The case that failed, with how, or None."""
    log = WORK / "test.log"
    environment = {"STOIC_INSTRUCTIONS": "60000", **os.environ}
    with log.open("w") as out:
        process = subprocess.Popen([BUILD / "bin" / test, "--gtest_fail_fast", FILTER], stdout=out,
                                   stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            code = None
        try:
            os.killpg(process.pid, signal.SIGKILL)  # devices in processes of their own
        except ProcessLookupError:
            pass
        process.wait()
    if code == 0:
        return None
    text = log.read_text(errors="replace")
    failed = re.findall(r"^\[  FAILED  \] (\S+?),? ", text, re.MULTILINE)
    if failed:
        return failed[0]
    begun = re.findall(r"^\[ RUN      \] (\S+)", text, re.MULTILINE) or [test]
    return f"{begun[-1]} ({'timeout' if code is None else 'it crashed'})"


def check_unmutated(tests):
    """Builds and runs what must pass; returns the timeout of each test."""
    if output := build(tests):
        sys.exit(f"{output}\nthe unmutated tree does not build; ./dev test says more")
    timeouts = {}
    for test in tests:
        start = time.monotonic()
        if failed := run_test(test, 600):
            sys.exit(f"{(WORK / 'test.log').read_text(errors='replace')}\n"
                     f"{failed} fails without any mutation: repair it first")
        timeouts[test] = max(LEAST_TIMEOUT, 5 * (time.monotonic() - start))
    return timeouts


def try_mutation(mutation, timeouts):
    """How it ended: ('caught', by what), ('SURVIVED', '') or ('ERROR', why)."""
    path = SOURCE / mutation.file
    original = path.read_text()
    path.write_text(original.replace(mutation.old, mutation.new))
    try:
        for test in mutation.tests():
            if output := build([test]):
                (WORK / "build.log").write_text(output)
                return "ERROR", "does not compile; see build-mutation/build.log"
            if failed := run_test(test, timeouts[test]):
                return "caught", failed
        return "SURVIVED", ""
    finally:
        path.write_text(original)


def main():
    if len(sys.argv) > 2 or sys.argv[1:] in (["-h"], ["--help"]):
        sys.exit(__doc__)
    if sys.argv[1:] == ["--check"]:
        return int(stale(read_mutations(), ROOT))
    chosen = re.compile(sys.argv[1] if len(sys.argv) == 2 else "")
    mutations = [m for m in read_mutations() if chosen.search(m.file + " " + m.description)]
    if not mutations:
        sys.exit("no mutation has that in its file or description; see tests/mutation")
    copy_tree()
    if stale(mutations):
        return 1
    tests = list(dict.fromkeys(test for m in mutations for test in m.tests()))
    print("the tests without a mutation...", flush=True)
    configure()
    timeouts = check_unmutated(tests)
    results = []
    for number, mutation in enumerate(mutations, 1):
        start = time.monotonic()
        result, detail = try_mutation(mutation, timeouts)
        results.append((result, detail, mutation))
        by = f" by {detail}" if result == "caught" else f": {detail}" if detail else ""
        print(f"{number:3}/{len(mutations)} {mutation.file}: {mutation.description}: {result}{by} "
              f"in {time.monotonic() - start:.0f} s", flush=True)
    return report(results)


def report(results):
    by_test = {}
    for result, detail, _ in results:
        key = detail.split(" (")[0] if result == "caught" else result
        by_test[key] = by_test.get(key, 0) + 1
    print("\nmutations by the test that caught them:")
    for key, count in sorted(by_test.items(), key=lambda item: -item[1]):
        print(f"{count:5}  {key}")
    bad = [(result, m) for result, _, m in results if result != "caught"]
    for result, mutation in bad:
        print(f"{result}: {mutation.file}: {mutation.description}")
    print(f"{len(results) - len(bad)} of {len(results)} caught")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
