#!/usr/bin/python3
"""Tables II and III of paper 001 for networks of PyTorch: finite-time exponents of each stage, trained and untrained.

    torchscript-ftmle.py [--stoic COMMAND] [--data-dir DIR] [--only residual,autoencoder,transformer] [--epochs 4]
                         [--train-samples 8000] [--samples 64]

A residual CNN on the part of CIFAR-10 that is in the folder, a convolutional auto-encoder on Fashion-MNIST and a transformer
encoder on generated sequences of tokens are trained; their stages are written as TorchScript, and `stoic analyze ftmle
--torchscript` measures them, beside the same networks before training: drawn by PyTorch's default, and as Xavier proposes
with biases 0. Prints mean, deviation and largest exponent over the same test samples. Needs PyTorch, NumPy, and a stoic that
was built with libtorch.
"""
import argparse
import gzip
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy
import torch
from torch import nn
from torch.nn import functional


class Residual(nn.Module):
    """Two convolutions beside a shortcut, which halve the image."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = torch.relu(self.norm1(self.first(x)))
        return torch.relu(self.norm2(self.second(y)) + self.shortcut(x))


class Encoder(nn.Module):
    """A layer of a transformer: attention and two linear layers, each beside a shortcut with a norm behind it."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.mixed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)

    def forward(self, x):
        samples, length, width = x.shape
        each = width // self.heads
        q, k, v = self.mixed(x).view(samples, length, 3, self.heads, each).permute(2, 0, 3, 1, 4).unbind(0)
        seen = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(each), -1) @ v
        x = self.norm1(x + self.out(seen.transpose(1, 2).reshape(samples, length, width)))
        return self.norm2(x + self.narrow(functional.gelu(self.wide(x))))


class Tokens(nn.Module):
    def __init__(self, words, length, width):
        super().__init__()
        self.word = nn.Embedding(words, width)
        self.place = nn.Parameter(0.02 * torch.randn(length, width))

    def forward(self, x):
        return self.word(x) + self.place


class Pooler(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, width)

    def forward(self, x):
        return torch.tanh(self.linear(x[:, 0]))


def residual():
    return {"stem": nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU()), "block 1": Residual(16, 16, 1),
            "block 2": Residual(16, 32, 2), "block 3": Residual(32, 48, 2),
            "head": nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(48, 10))}


def autoencoder():
    return {"encoder": nn.Sequential(nn.Conv2d(1, 12, 3, 2, 1), nn.ReLU(), nn.Conv2d(12, 24, 3, 2, 1), nn.ReLU(),
                                     nn.Flatten(), nn.Linear(24 * 49, 32)),
            "decoder": nn.Sequential(nn.Linear(32, 24 * 49), nn.ReLU(), nn.Unflatten(1, (24, 7, 7)),
                                     nn.ConvTranspose2d(24, 12, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(12, 1, 4, 2, 1))}


def transformer(length=16, words=20, width=32):
    return {"embedding": Tokens(words, length, width), "encoder 1": Encoder(width, 4), "encoder 2": Encoder(width, 4),
            "pooler": Pooler(width), "classifier": nn.Linear(width, 2)}


def idx(folder, name):
    with gzip.open(folder / f"{name}.gz") as file:
        data = file.read()
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * data[3])


def cifar(folder):
    def part(name):
        with gzip.open(folder / "cifar10" / name) as file:
            rows = numpy.frombuffer(file.read(), numpy.uint8).reshape(-1, 3073)
        return (torch.tensor(rows[:, 1:].reshape(-1, 3, 32, 32) / numpy.float32(127.5) - 1),
                torch.tensor(rows[:, 0].astype(numpy.int64)))
    return (*part("data_batch_1.bin.gz"), *part("test_batch_first1000.bin.gz"))


def fashion(folder):
    def part(name):
        images = idx(folder / "fashion-mnist", f"{name}-images-idx3-ubyte").reshape(-1, 1, 28, 28)
        return torch.tensor(images / numpy.float32(255))
    training, test = part("train"), part("t10k")
    return training, training, test, test


def sequences(_):
    """Tokens 2 to 19, and somewhere 0 and 1: which of the two comes first."""
    draw = numpy.random.default_rng(1)
    x = draw.integers(2, 20, (9000, 16))
    for row in x:
        row[draw.permutation(16)[:2]] = [0, 1]
    y = (x == 0).argmax(1) < (x == 1).argmax(1)
    x, y = torch.tensor(x), torch.tensor(y.astype(numpy.int64))
    return x[:8000], y[:8000], x[8000:], y[8000:]


NETWORKS = {"residual": (residual, cifar, 3e-3), "autoencoder": (autoencoder, fashion, 3e-3),
            "transformer": (transformer, sequences, 2e-3)}


def loss_of(network, x, y):
    out = network(x)
    return functional.cross_entropy(out, y) if y.dtype == torch.int64 else functional.mse_loss(out, y)


def train(stages, data, rate, options):
    network = nn.Sequential(*stages.values())
    x, y, test_x, test_y = data
    x, y = x[:options.train_samples], y[:options.train_samples]
    optimiser = torch.optim.Adam(network.parameters(), rate)
    for _ in range(options.epochs):
        network.train()
        for batch in torch.randperm(len(x)).split(64):
            optimiser.zero_grad()
            loss_of(network, x[batch], y[batch]).backward()
            optimiser.step()
    network.eval()
    with torch.no_grad():
        out = network(test_x[:1000])
        if test_y.dtype == torch.int64:
            return f"{100 * (out.argmax(1) == test_y[:1000]).float().mean().item():.1f} % of the test samples right"
        return f"mean squared error {functional.mse_loss(out, test_y[:1000]).item():.4f}"


def xavier(stages):
    for module in nn.Sequential(*stages.values()).modules():
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return stages


def measure(stages, inputs, command):
    """{part: (mean, deviation, largest)}"""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = []
        for stage, module in stages.items():
            files.append(str(folder / f"{stage}.pt"))
            torch.jit.script(module.eval()).save(files[-1])
        numpy.savez(folder / "inputs.npz", x=inputs.numpy())
        run = subprocess.run([command, "analyze", "ftmle", "--torchscript", *files, "--inputs", str(folder / "inputs.npz"),
                              "--json"], capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    return {part["part"]: (part["mean"], part["deviation"], part["largest"]) for part in json.loads(run.stdout)["parts"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stoic", default="stoic")
    parser.add_argument("--data-dir", type=pathlib.Path, default=pathlib.Path(os.environ.get("STOIC_DATA_DIR", "data")))
    parser.add_argument("--only", default=",".join(NETWORKS))
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--train-samples", type=int, default=8000)
    parser.add_argument("--samples", type=int, default=64)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name in options.only.split(","):
        make, load, rate = NETWORKS[name]
        data = load(options.data_dir)
        inputs = data[2][:options.samples]
        rows = {}
        torch.manual_seed(1)
        rows["default"] = measure(make(), inputs, options.stoic)
        rows["Xavier"] = measure(xavier(make()), inputs, options.stoic)
        torch.manual_seed(1)
        stages = make()
        result = train(stages, data, rate, options)
        rows = {"trained": measure(stages, inputs, options.stoic), **rows}
        parts = list(rows["trained"])
        print(f"\n{name}: {result}\n\n| | " + " | ".join(parts) + " |\n|---|" + "---|" * len(parts))
        for kind, row in rows.items():
            print(f"| {kind}, mean ± deviation | " + " | ".join("{:.3f} ± {:.3f}".format(*row[p][:2]) for p in parts) + " |")
        for kind, row in rows.items():
            print(f"| {kind}, largest | " + " | ".join(f"{row[p][2]:.3f}" for p in parts) + " |", flush=True)


if __name__ == "__main__":
    main()
