#!/usr/bin/env python3
"""Whether two builds of the command do the same: weights after training, golden outputs and cycles.

    same_results.py OLD_STOIC NEW_STOIC [RECIPE...] [--seeds 1,5] [--train-samples N | --full]

For each built-in recipe (or those named) and each seed both builds train one epoch. Their weights are compared byte for
byte; of a matrix that differs the largest difference is named, as a share of the matrix's largest entry. Then both builds
compile the model that OLD trained, for each instance of --hw, and run it: golden's outputs, cycles and saturations, and the
cycles that the cycle model counts, must be equal. The same for the models that models/ holds. Ends with 0 when nothing
differs, or weights by no more than --tolerance; else with 1.

Recipes that want MNIST or Fashion-MNIST look for it where the command does; without it, --digits gives them generated
digits. Needs nothing but Python.
"""
import argparse
import ast
import collections
import hashlib
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

MODELS = pathlib.Path(__file__).resolve().parent.parent.parent / "models"


Build = collections.namedtuple("Build", "path environment")


class Failed(Exception):
    """A command that ended with an error; its text is the command's last line."""


def run(command):
    build, *words = command
    result = subprocess.run([build.path, *map(str, words)], capture_output=True, text=True, env=os.environ | build.environment)
    if result.returncode:
        raise Failed((result.stderr.strip() or result.stdout.strip() or f"exit code {result.returncode}").splitlines()[-1])
    return result.stdout


def arrays(path):
    """The arrays of an .npz by name: (header, bytes of the values)."""
    result = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            raw = archive.read(name)
            wide = raw[6] > 1  # the major version says how long the length of the header is
            start = 12 if wide else 10
            length = struct.unpack("<I" if wide else "<H", raw[8:start])[0]
            result[name.removesuffix(".npy")] = (ast.literal_eval(raw[start:start + length].decode()), raw[start + length:])
    return result


def numbers(header, raw):
    kind = {"<f4": "f", "<f8": "d", "<i4": "i", "<i8": "q", "|u1": "B", "|i1": "b", "<i2": "h"}[header["descr"]]
    return struct.unpack(f"<{len(raw) // struct.calcsize('<' + kind)}{kind}", raw)


def figures(text, key):
    """The numbers of JSON whose names match."""
    return dict(re.findall(rf'"({key})": ?(-?[0-9][0-9.e+-]*)', text))


# What travels with weights: their changes are told, and no difference of results.
TEXTS = ("recipe", "training_data")


def differences(old, new):
    """(name, difference) of arrays that differ: a share of the largest entry, or None where it is no number."""
    result = []
    for name in sorted(old.keys() | new.keys()):
        if name not in old or name not in new:
            result.append((name, None))
        elif old[name] != new[name]:
            (header, left), (other, right) = old[name], new[name]
            if header != other or header["descr"][1] not in "fiu":
                result.append((name, None))
                continue
            left, right = numbers(header, left), numbers(header, right)
            scale = max(map(abs, left), default=0) or 1
            result.append((name, max(abs(a - b) for a, b in zip(left, right)) / scale))
    return result


class Report:
    def __init__(self, tolerance):
        self.tolerance = tolerance
        self.same = 0
        self.refused = 0
        self.wrong = 0
        self.largest = 0.0

    def equal(self, what):
        self.same += 1
        print(f"  {what}: equal", flush=True)

    def differ(self, what, allowed=False):
        self.wrong += not allowed
        print(f"  {what}: DIFFERENT" if not allowed else f"  {what}", flush=True)

    def weights(self, what, old, new):
        found = differences(old, new)
        for name in [name for name, _ in found if name in TEXTS]:
            print(f"  {what}: the text of {name} is another", flush=True)
        found = [(name, share) for name, share in found if name not in TEXTS]
        if not found:
            digest = hashlib.sha256(b"".join(old[name][1] for name in sorted(old) if name not in TEXTS)).hexdigest()[:12]
            self.equal(f"{what}: weights, {digest}")
        for name, share in found:
            if share is None:
                self.differ(f"{what}: {name} is not in both, or of another shape")
            else:
                self.largest = max(self.largest, share)
                self.differ(f"{what}: {name} by {share:.1e} of its largest entry", share <= self.tolerance)


def fixed_point(stoic, model, hw, limit, folder, data):
    """What an accelerator makes of a model: outputs as bytes, then figures by name."""
    image, outputs = folder / "model.img", folder / "outputs.npz"
    run([stoic, "compile", model, "--hw", hw, "-o", image, *data])
    golden = run([stoic, "eval", image, "--backend", "golden", "--limit", limit, "-o", outputs, "--json", *data])
    result = figures(golden, "cycles_per_inference|saturations|accumulator_overflows")
    cosim = run([stoic, "cosim", image, "--backend", "systemc", "--limit", 2, "--json", *data])
    cosim = figures(cosim, "[a-z_]*cycles(?!_per_s)[a-z_]*")
    return arrays(outputs), result | {f"cosim's {key}": value for key, value in cosim.items()}


def compare_fixed_point(builds, model, arguments, folder, data, report, what):
    for hw in arguments.hw.split(","):
        found, refusals = [], []
        for stoic in builds:
            try:
                found.append(fixed_point(stoic, model, hw, arguments.limit, folder, data))
            except Failed as failure:
                refusals.append(str(failure))
        if refusals:
            alike = len(refusals) == 2
            print(f"  {what} on {hw}: {'both refuse' if alike else 'ONE BUILD REFUSES'}: {refusals[0]}", flush=True)
            report.wrong += not alike
            report.refused += alike
            continue
        (old, old_figures), (new, new_figures) = found
        wrong = [name for name, _ in differences(old, new)]
        wrong += [f"{k} {old_figures[k]} and {new_figures.get(k)}" for k in old_figures if old_figures[k] != new_figures.get(k)]
        if wrong:
            report.differ(f"{what} on {hw}: {', '.join(wrong)}")
        else:
            report.equal(f"{what} on {hw}: golden outputs, {old_figures['cycles_per_inference']} cycles")


def recipe_settings(name, arguments):
    settings = [] if arguments.full else [f"data.train_samples={arguments.train_samples}",
                                          f"data.test_samples={max(arguments.limit, 64)}"]
    if arguments.digits and "mnist" in name:
        settings.append("data.set=digits")
    return [word for setting in settings for word in ("--set", setting)]


def compare_recipe(builds, name, arguments, folder, data, report):
    print(name, flush=True)
    for seed in arguments.seeds.split(","):
        models, what = [], f"seed {seed}"
        for side, stoic in zip(("old", "new"), builds):
            model = folder / f"{side}.npz"
            command = [stoic, "train", name, "-o", model, "--restart", "--epochs", 1, "--seed", seed]
            try:
                run([*command, *recipe_settings(name, arguments), *data])
            except Failed as failure:
                print(f"  {what}: the {side} build says: {failure}", flush=True)
                report.wrong += 1
                return
            models.append(model)
        report.weights(what, *map(arrays, models))
        compare_fixed_point(builds, models[0], arguments, folder, data, report, what)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("recipes", nargs="*", help="names such as letters-csto; default: every .json of models/")
    parser.add_argument("--seeds", default="1,5")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--train-samples", type=int, default=1024, help="of each recipe; default 1024")
    size.add_argument("--full", action="store_true", help="all samples of each recipe: hours")
    parser.add_argument("--limit", type=int, default=100, help="test samples for golden; default 100")
    parser.add_argument("--hw", default="default,small", help="instances, one after the other; default: default,small")
    parser.add_argument("--tolerance", type=float, default=0, help="of weights, as a share of their matrix's largest entry")
    parser.add_argument("--digits", action="store_true", help="generated digits instead of MNIST and Fashion-MNIST")
    parser.add_argument("--data-dir", help="the folder of MNIST and Fashion-MNIST, as the command takes it")
    parser.add_argument("--new-environment", action="append", default=[], metavar="NAME=VALUE",
                        help="for NEW alone; may be repeated")
    arguments = parser.parse_args()
    environment = dict(setting.split("=", 1) for setting in arguments.new_environment)
    builds = [Build(pathlib.Path(arguments.old).resolve(), {}), Build(pathlib.Path(arguments.new).resolve(), environment)]
    for build in builds:
        if not build.path.is_file():
            parser.error(f"{build.path}: there is no such file; name a built stoic")
    data = ["--data-dir", arguments.data_dir] if arguments.data_dir else []
    report = Report(arguments.tolerance)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for recipe in arguments.recipes or sorted(path.stem for path in MODELS.glob("*.json")):
            compare_recipe(builds, recipe, arguments, folder, data, report)
        for model in [] if arguments.recipes else sorted(MODELS.glob("*.npz")):
            print(model.name, flush=True)
            compare_fixed_point(builds, model, arguments, folder, data, report, "the committed model")
    print(f"{report.same} comparisons equal, {report.wrong} not, {report.refused} refused by both builds" +
          (f"; weights differ by up to {report.largest:.1e}" if report.largest else ""))
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
