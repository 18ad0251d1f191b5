#!/usr/bin/env python3
"""Copies of a network that are trained side by side, beside PyTorch training them one after the other.

compare_training.py STOIC [--data-dir DIR] [--epochs 10] [--copies 5] [--rounds 3]

Trains 784-64-10 (tanh, weights N(0,1)) on all of MNIST by gradient descent in double precision: a start and its
disturbed copies, and a start with its tangent alone. Prints seconds of an epoch of all of them, and ratios, as JSON.
PyTorch takes the better of one and of all threads. Needs python3-torch."""

import argparse
import gzip
import json
import os
import pathlib
import subprocess
import sys
import time


def images(folder, name, skip):
    for path in (folder / "mnist" / name, folder / name):
        for file, opened in ((path, open), (path.with_name(path.name + ".gz"), gzip.open)):
            if file.exists():
                with opened(file, "rb") as stream:
                    return stream.read()[skip:]
    sys.exit(f"{folder}: has no {name}; --data-dir names the folder with MNIST")


def torch_seconds(folder, networks, epochs, threads):
    """Seconds of an epoch of all networks, one after the other."""
    import torch

    torch.set_num_threads(threads)
    torch.set_default_dtype(torch.float64)
    pixels = torch.frombuffer(bytearray(images(folder, "train-images-idx3-ubyte", 16)), dtype=torch.uint8)
    x = pixels.reshape(-1, 784).double() / 255
    y = torch.frombuffer(bytearray(images(folder, "train-labels-idx1-ubyte", 8)), dtype=torch.uint8).long()
    best = float("inf")
    for _ in range(networks):
        model = torch.nn.Sequential(torch.nn.Linear(784, 64), torch.nn.Tanh(), torch.nn.Linear(64, 10))
        with torch.no_grad():
            for p in model.parameters():
                p.normal_() if p.dim() == 2 else p.zero_()
        rule = torch.optim.SGD(model.parameters(), lr=10.0)
        for _ in range(epochs):
            begin = time.perf_counter()
            rule.zero_grad()
            torch.nn.functional.cross_entropy(model(x), y).backward()
            rule.step()
            best = min(best, time.perf_counter() - begin)
    return networks * best


def stoic_seconds(stoic, folder, epochs, more):
    """The same, from what one epoch more costs."""
    def once(count):
        command = [stoic, "analyze", "training", "mnist-mlp-tanh", "--rates", "10", "--starts", "1", "--epochs", str(count),
                   "--target", "1", "--data-dir", str(folder), "--json", *more]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        return json.loads(run.stdout)["seconds"]

    return max(once(1 + epochs) - once(1), 1e-9) / epochs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stoic")
    parser.add_argument("--data-dir", default=os.environ.get("STOIC_DATA_DIR", "data"))
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--copies", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    folder = pathlib.Path(options.data_dir)
    cores = os.cpu_count() or 1
    rows = {"torch": [], "copies": [], "tangent": []}
    for _ in range(options.rounds):  # in turn, so that other work on the machine meets all alike
        rows["torch"].append(min(torch_seconds(folder, 1 + options.copies, options.epochs, t) for t in sorted({1, cores})))
        rows["copies"].append(stoic_seconds(options.stoic, folder, options.epochs, ["--copies", str(options.copies)]))
        rows["tangent"].append(stoic_seconds(options.stoic, folder, options.epochs, ["--copies", "0", "--tangent"]))
    least = {key: min(values) for key, values in rows.items()}
    print(json.dumps({"seconds_an_epoch": least, "rounds": rows, "copies_times_torch": least["torch"] / least["copies"],
                      "tangent_times_torch": least["torch"] / least["tangent"]}, indent=1))


if __name__ == "__main__":
    main()
