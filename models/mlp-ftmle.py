#!/usr/bin/env python3
"""Table II of paper 001 for multilayer perceptrons: finite-time exponents of each layer, trained and untrained.

    mlp-ftmle.py [--stoic COMMAND] [--seeds 1,2,3,4,5] [--sets blobs,moons,circles,spirals] [--resolution N]

Trains spirals-mlp on every set and seed, from weights as Xavier proposes, and measures the network and each layer at N x N
points of the plane; beside it the same networks before training, drawn as PyTorch does and as Xavier proposes. Prints a table
for each set (means over the seeds of mean and standard deviation over the plane), and what the paper claims: that the layers in
the middle expand more after training than both untrained ones, and that the exponents spread more. The paper does not say how
it trains; blobs lie close enough here to reach into each other, as moons and circles do. Needs nothing but Python.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

SETS = {"blobs": {"classes": 3, "data.noise": 0.3, "training.epochs": 300}, "moons": {"classes": 2},
        "circles": {"classes": 3}, "spirals": {"classes": 3}}
TRAINING = {"initialisation": "xavier", "training.learning_rate": 0.01}
KINDS = ("trained", "pytorch", "xavier")


def stoic(command, *arguments):
    result = subprocess.run([command, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode:
        sys.exit(result.stderr.strip() or f"{command} {arguments[0]}: exit code {result.returncode}")
    return json.loads(result.stdout)


def exponents(command, subject, settings, resolution):
    """{part: (mean, deviation)} of the network and its layers."""
    result = stoic(command, "analyze", "ftmle-map", subject, *settings, "--resolution", resolution, "--json")
    parts = [{"part": "network", **result["network"]}, *result["layers"]["parts"]]
    return {part["part"]: (part["mean"], part["deviation"]) for part in parts}


def words(settings):
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


def measure(command, name, seed, resolution):
    settings = {"data.set": name, "seed": seed, **TRAINING, **SETS[name]}
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model.npz"
        trained = stoic(command, "train", "spirals-mlp", "-o", model, *words(settings), "--json")
        result = {"trained": exponents(command, model, [], resolution)}
    for how in KINDS[1:]:
        result[how] = exponents(command, "spirals-mlp", words({**settings, "initialisation": how}), resolution)
    return result, trained.get("test_accuracy")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stoic", default="stoic")
    parser.add_argument("--seeds", default="1,2,3,4,5")
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--resolution", type=int, default=95)
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    claims = []
    for name in options.sets.split(","):
        runs, accuracies = zip(*(measure(options.stoic, name, seed, options.resolution) for seed in seeds))
        parts = list(runs[0]["trained"])
        print(f"\n| {name} | " + " | ".join(parts) + " |\n|---|" + "---|" * len(parts))
        for kind in KINDS:
            cells = ["{:.2f} ± {:.2f}".format(*(sum(run[kind][part][i] for run in runs) / len(runs) for i in (0, 1)))
                     for part in parts]
            print(f"| {kind} | " + " | ".join(cells) + " |", flush=True)
        layers = [part for part in parts if part.startswith("layer")]
        middle = layers[1:-1]  # neither that which spreads the plane nor that which the read-out sees

        def mean(run, kind, which, i):
            return sum(run[kind][part][i] for part in which) / len(which)
        expand = sum(all(mean(run, "trained", middle, 0) > mean(run, kind, middle, 0) for kind in KINDS[1:]) for run in runs)
        spread = sum(all(mean(run, "trained", layers, 1) > mean(run, kind, layers, 1) for kind in KINDS[1:]) for run in runs)
        claims.append(f"| {name} | {expand} of {len(runs)} | {spread} of {len(runs)} | "
                      + ", ".join(f"{100 * a:.1f}" for a in accuracies if a is not None) + " |")
    print("\n| set | seeds whose middle layers expand more than both untrained | seeds whose layers spread more than both |"
          " test accuracy, % |\n|---|---|---|---|")
    print("\n".join(claims))


if __name__ == "__main__":
    main()
