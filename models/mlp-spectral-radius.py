#!/usr/bin/env python3
"""Figure 10 of paper 001: how fast a deep multilayer perceptron learns MNIST, by the spectral radius it begins with.

    mlp-spectral-radius.py [--stoic COMMAND] [--radii 0.9,1.8,2.3,...] [--seeds 1,2,3] [--matrices N] [--epochs N] [--batch N]

Trains networks of tanh neurons, 256 in a layer, whose N square matrices between hidden layers are scaled to each spectral
radius, by gradient descent in small batches, and takes the test loss after every epoch. Training has converged at the first
epoch whose loss is within 1 % of the least one (equation C7). Prints a table: that epoch, the least loss and the spectral
radii at the end, means over the seeds. Some two minutes a network on one core. Needs NumPy and MNIST in STOIC_DATA_DIR.
"""
import argparse
import gzip
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy


def idx(name):
    folder = pathlib.Path(os.environ.get("STOIC_DATA_DIR", "data"))
    for path in (folder / "mnist" / name, folder / "mnist" / f"{name}.gz", folder / name, folder / f"{name}.gz"):
        if path.exists():
            raw = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
            sides = [int.from_bytes(raw[4 + 4 * i:8 + 4 * i], "big") for i in range(raw[3])]
            return numpy.frombuffer(raw, numpy.uint8, offset=4 + 4 * len(sides)).reshape(sides[0], -1)
    sys.exit(f"there is no {name}[.gz] in {folder}; name the data folder with STOIC_DATA_DIR")


def loss(path, inputs, labels):
    """Mean cross-entropy, and the spectral radii of the matrices between the hidden layers."""
    model = numpy.load(path)
    x = numpy.tanh(model["W_in"] @ inputs + model["b_1"])
    radii = []
    for k in range(1, sum(name.startswith("b_") for name in model.files)):
        weights = model[f"W_{k}"]
        radii.append(abs(numpy.linalg.eigvals(weights)).max())
        x = numpy.tanh(weights @ x + model[f"b_{k + 1}"])
    y = model["W_out"][:, :-1] @ x + model["W_out"][:, -1:]
    y = y - y.max(axis=0)
    return float((numpy.log(numpy.exp(y).sum(axis=0)) - y[labels, numpy.arange(y.shape[1])]).mean()), radii


def train(options, radius, seed, inputs, labels):
    with tempfile.TemporaryDirectory() as folder:
        settings = {"spectral_radius": radius, "training.learning_rate": options.rate, "training.momentum": options.momentum,
                    "training.schedule": "constant", "training.batch": options.batch, "training.weight_decay": 0,
                    "training.input_noise": 0, "data.train_samples": options.train_samples,
                    "layers": str([256] * (1 + options.matrices)).replace(" ", "")}
        command = [options.stoic, "train", "mnist-deep-mlp", "-o", f"{folder}/m.npz", "--seed", str(seed), "--epochs",
                   str(options.epochs), "--snapshots", f"{folder}/epochs"]
        result = subprocess.run([*command, *(word for key, value in settings.items() for word in ("--set", f"{key}={value}"))],
                                capture_output=True, text=True)
        if result.returncode:
            sys.exit(result.stderr)
        return [loss(path, inputs, labels) for path in sorted(pathlib.Path(folder, "epochs").glob("*.npz"))]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stoic", default="stoic")
    parser.add_argument("--radii", default="0.9,1.8,2.3,2.8,4,6,10")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--train-samples", type=int, default=0, help="0: all")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--matrices", type=int, default=3, help="square ones, between hidden layers")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--momentum", type=float, default=0.9)
    options = parser.parse_args()
    inputs = idx("t10k-images-idx3-ubyte").T.astype(numpy.float32) / 255
    labels = idx("t10k-labels-idx1-ubyte")[:, 0].astype(int)
    print("| ρ before | converged at epoch | least test loss | test loss after 5 epochs | ρ after |\n|---|---|---|---|---|")
    for radius in map(float, options.radii.split(",")):
        rows = []
        for seed in options.seeds.split(","):
            history = train(options, radius, int(seed), inputs, labels)
            losses = numpy.array([entry[0] for entry in history])
            epoch = 1 + int(numpy.argmax((losses - losses.min()) / losses.min() <= 0.01))
            rows.append((epoch, losses.min(), losses[min(4, len(losses) - 1)], numpy.mean(history[-1][1])))
        epochs = [row[0] for row in rows]
        _, least, early, after = numpy.mean(rows, axis=0)
        print(f"| {radius:g} | {numpy.mean(epochs):.1f} ({', '.join(map(str, epochs))}) | {least:.4f} | {early:.4f} |"
              f" {after:.2f} |", flush=True)


if __name__ == "__main__":
    main()
