#!/usr/bin/python3
"""The network of a recipe in PyTorch, as its user would write it: samples/s of a whole training step, or of inference.

    torch_systems.py models/mnist-lorenz96.json [--threads N] [--seconds S] [--batch N] [--forward]

Autograd goes through the unrolled steps. Batch and optimizer are those of the recipe; inputs are random,
which takes its dense products as long as any, and ready in memory, so neither loading nor noise is counted. One line of JSON. Needs Debian's python3-torch, and libopenblas0-pthread
to be as fast as it can be.
"""
import argparse
import json
import math
import os
import sys
import time

# OpenBLAS names its kernels by the processor when it is loaded; those newer than the library get the slowest otherwise.
flags = open("/proc/cpuinfo").read()
os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX" if "avx512dq" in flags else "Haswell" if "avx2" in flags else "")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
if "--threads" in sys.argv:
    os.environ["OPENBLAS_NUM_THREADS"] = sys.argv[sys.argv.index("--threads") + 1]

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def fixed(size, radius, density=1.0):
    draw = np.random.default_rng(1)
    matrix = draw.uniform(-1, 1, (size, size)) * (draw.random((size, size)) < density)
    return torch.tensor(matrix * (radius / np.abs(np.linalg.eigvals(matrix)).max()), dtype=torch.float32)


def runge_kutta(rate, x, step, steps):
    for _ in range(steps):
        k1 = rate(x)
        k2 = rate(torch.add(x, k1, alpha=step / 2))
        k3 = rate(torch.add(x, k2, alpha=step / 2))
        k4 = rate(torch.add(x, k3, alpha=step))
        x = torch.add(x, k1 + 2 * (k2 + k3) + k4, alpha=step / 6)
    return x


class Ffesn(nn.Module):
    def __init__(self, recipe):
        super().__init__()
        self.width = recipe["neurons"]
        self.steps = recipe["steps"]
        self.register_buffer("w", fixed(self.width, recipe["spectral_radius"], recipe["density"]))

    def forward(self, x):
        for _ in range(self.steps):
            x = torch.tanh(F.linear(x, self.w))
        return x


class Mlp(nn.Module):
    def __init__(self, recipe):
        super().__init__()
        widths = recipe.get("layers") or [recipe["neurons"]]
        self.width, self.last_width = widths[0], widths[-1]
        self.activation = getattr(torch, recipe.get("activation", "relu"))
        self.bias = nn.Parameter(torch.zeros(self.width))
        self.further = nn.ModuleList(nn.Linear(*pair) for pair in zip(widths, widths[1:]))

    def forward(self, x):
        x = self.activation(x + self.bias)
        for layer in self.further:
            x = self.activation(layer(x))
        return x


class Lorenz96(nn.Module):
    def __init__(self, recipe):
        super().__init__()
        self.width, self.forcing = recipe["neurons"], recipe["forcing"]
        self.step, self.steps = recipe["step"], round(recipe["duration"] / recipe["step"])

    def rate(self, x):
        return (x.roll(-1, 1) - x.roll(2, 1)) * x.roll(1, 1) - x + self.forcing

    def forward(self, x):
        return runge_kutta(self.rate, x, self.step, self.steps)


class Oscillators(nn.Module):
    """Coupled spin-torque oscillators; the state is [3, batch, oscillators], the cross products written out."""

    def __init__(self, recipe, coupling):
        super().__init__()
        self.n = recipe["oscillators"]
        self.width = 3 * self.n
        self.steps = round(recipe["duration_ps"] / recipe["step_ps"])
        self.step = recipe["step_ps"] * 1e-12
        self.register_buffer("w", coupling * fixed(self.n, 1.0))
        volume = math.pi * 60.0**2 * 2.0 * 1e-21
        self.torque = 1.054571817e-27 * 0.537 * 2.5e-4 / (2 * 1.602176634e-20 * 1448.3 * volume)
        self.anisotropy = 18616.0 - 4 * math.pi * 1448.3

    def rate(self, m):
        x, y, z = m.unbind(0)
        torque = self.torque / (1 + 0.288 * x)
        bx, by, bz = F.linear(x, self.w), -torque * z, 200.0 + self.anisotropy * z + torque * y
        ax, ay, az = y * bz - z * by, z * bx - x * bz, x * by - y * bx
        change = torch.stack((ax + 0.005 * (y * az - z * ay), ay + 0.005 * (z * ax - x * az),
                              az + 0.005 * (x * ay - y * ax)))
        return change * (-1.764e7 / (1 + 0.005**2))

    def forward(self, v):
        m = v.view(-1, 3, self.n).transpose(0, 1)
        m = m / m.norm(dim=0, keepdim=True).clamp_min(1e-12)
        m = runge_kutta(self.rate, m, self.step, self.steps)
        return m.transpose(0, 1).reshape(-1, self.width)


def deep_oscillators(recipe):
    layers = []
    for k, coupling in enumerate(recipe["couplings_Oe"]):
        array = Oscillators(recipe, coupling)
        layers += ([nn.Linear(array.width, array.width, bias=False)] if k else []) + [array]
    result = nn.Sequential(*layers)
    result.width = layers[-1].width
    return result


class SaNode(nn.Module):
    """A from its spectrum in every step, by a dense inverse, as in the paper."""

    def __init__(self, recipe):
        super().__init__()
        n, classes = recipe["inputs"], recipe["classes"]
        self.well, self.step = recipe["well"], recipe["step"]
        self.steps, self.beta = round(recipe.get("training_duration", recipe["duration"]) / self.step), 1 / math.sqrt(n)
        attractors, block = np.full((n, classes), self.well), n // classes
        for k in range(classes):
            attractors[k * block:(k + 1) * block if k + 1 < classes else n, k] = -self.well
        rest = np.random.default_rng(1).normal(size=(n, n - classes))
        vectors = np.linalg.qr(np.hstack([attractors, rest]))[0][:, classes:]
        self.register_buffer("attractors", torch.tensor(attractors, dtype=torch.float32))
        self.vectors = nn.Parameter(torch.tensor(vectors, dtype=torch.float32))
        self.values = nn.Parameter(torch.full((n - classes,), -5.0))
        self.stiffness = nn.Parameter(torch.tensor(float(recipe["stiffness"])))

    def forward(self, x):
        basis = torch.cat((self.attractors, self.vectors), 1)
        inverse = torch.linalg.inv(basis)
        coupling = (self.vectors * self.values) @ inverse[self.attractors.shape[1]:]
        for _ in range(self.steps):
            x = x + self.step * (4 * self.stiffness * x * (self.well**2 - x * x) + self.beta * F.linear(x, coupling))
        return x


SYSTEMS = {"ffesn": Ffesn, "mlp": Mlp, "lorenz96": Lorenz96, "csto": lambda r: Oscillators(r, r["coupling_Oe"]),
           "deep-csto": deep_oscillators}


def network(recipe):
    inputs, classes = recipe["inputs"], recipe["classes"]
    if recipe["dynamics"] == "sa-node":
        return SaNode(recipe)
    layers = []
    if "convolution" in recipe:
        shapes = recipe["convolution"]
        side, channels = math.isqrt(inputs), 1
        layers.append(nn.Unflatten(1, (1, side, side)))
        for shape in shapes if isinstance(shapes, list) else [shapes]:
            stride, padding, pool = shape.get("stride", 1), shape.get("padding", 0), shape.get("pool", 1)
            layers += [nn.Conv2d(channels, shape["filters"], shape["kernel"], stride, padding), nn.ReLU()]
            layers += [nn.MaxPool2d(pool)] if pool > 1 else []
            side = ((side + 2 * padding - shape["kernel"]) // stride + 1) // pool
            channels = shape["filters"]
        layers.append(nn.Flatten())
        inputs = channels * side**2
    if recipe["dynamics"] == "linear":
        return nn.Sequential(*layers, nn.Linear(inputs, classes))
    system = SYSTEMS[recipe["dynamics"]](recipe)
    return nn.Sequential(*layers, nn.Linear(inputs, system.width, bias=False), system,
                         nn.Linear(getattr(system, "last_width", system.width), classes))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe", help="a .json file of models/")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--batch", type=int, help="instead of the recipe's")
    parser.add_argument("--forward", action="store_true", help="inference, without gradients")
    arguments = parser.parse_args()
    recipe = json.load(open(arguments.recipe))
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    net, training = network(recipe), recipe["training"]
    batch = arguments.batch or training["batch"]
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimizer = (torch.optim.Adam(parameters, 1e-6) if training["optimizer"] == "adam" else
                 torch.optim.SGD(parameters, 1e-3, training["momentum"], weight_decay=training.get("weight_decay", 0)))
    inputs, labels = torch.rand(batch, recipe["inputs"]), torch.randint(0, recipe["classes"], (batch,))

    def forward():
        with torch.no_grad():
            net(inputs)

    def train():
        optimizer.zero_grad()
        outputs = net(inputs)
        if recipe["dynamics"] == "sa-node":
            loss = (outputs - net.attractors.T[labels]).square().sum(1).mean()
        else:
            loss = F.cross_entropy(outputs, labels)
        loss.backward()
        optimizer.step()

    step = forward if arguments.forward else train
    for _ in range(2):
        step()
    times, end = [], time.perf_counter() + arguments.seconds
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    print(json.dumps({"recipe": arguments.recipe, "threads": arguments.threads, "batch": batch,
                      "samples_per_s": batch / sorted(times)[len(times) // 2]}))


if __name__ == "__main__":
    main()
