#!/usr/bin/env python3
"""A training step of every MNIST recipe beside the same network in PyTorch (torch_systems.py).

    compare_systems.py BUILD/bin/stoic_benchmark [RECIPE...] [--rounds N]

RECIPE is a name such as mnist-lorenz96; default: all. The two sides run in turn, each with one and with two threads; a side
counts with its better thread count, and every figure is the median over the rounds.
"""
import argparse
import json
import pathlib
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "models"


def own_rate(benchmark, recipe, threads):
    command = [benchmark, f"--benchmark_filter=^training_of/{recipe}/threads:{threads}/", "--benchmark_format=json",
               "--benchmark_min_time=2"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    return rows[0]["items_per_second"]


def peer_rate(recipe, threads):
    command = ["/usr/bin/python3", HERE / "torch_systems.py", MODELS / f"{recipe}.json", "--threads", str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["samples_per_s"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", help="the built stoic_benchmark")
    parser.add_argument("recipes", nargs="*", help="names such as mnist-lorenz96")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if subprocess.run(["/usr/bin/python3", "-c", "import torch"], capture_output=True).returncode:
        print("comparison with PyTorch skipped: install python3-torch and libopenblas0-pthread")
        return
    print(f"{'recipe':<18} {'batch':>5} {'stoic/s':>9} {'PyTorch/s':>10} {'ratio':>6}")
    for recipe in arguments.recipes or sorted(p.stem for p in MODELS.glob("mnist-*.json")):
        batch = json.loads((MODELS / f"{recipe}.json").read_text())["training"]["batch"]
        own, peer = {1: [], 2: []}, {1: [], 2: []}
        for _ in range(arguments.rounds):
            for threads in (1, 2):
                own[threads].append(own_rate(arguments.benchmark, recipe, threads))
                peer[threads].append(peer_rate(recipe, threads))
        ours, theirs = (max(map(statistics.median, side.values())) for side in (own, peer))
        print(f"{recipe:<18} {batch:>5} {ours:>9.0f} {theirs:>10.0f} {ours / theirs:>6.2f}", flush=True)


if __name__ == "__main__":
    main()
