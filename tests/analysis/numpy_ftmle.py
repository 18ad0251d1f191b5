#!/usr/bin/env python3
"""Finite-time exponents of stoic against NumPy: the equations written once more, their Jacobians by complex steps
(exact to rounding) and by finite differences, the singular values by NumPy's SVD.

    numpy_ftmle.py --stoic COMMAND [--full]

Small networks, or with --full those of paper 001 (500 neurons, 200 oscillators) at 20 samples, which takes minutes.
Exit code 1 where sigma differs by more than 1e-6 from the SVD of the exact Jacobian, or by more than 1e-4 from that of the
finite differences.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy


def rk4(slope, x, h, steps):
    for _ in range(steps):
        a = slope(x)
        b = slope(x + h / 2 * a)
        c = slope(x + h / 2 * b)
        d = slope(x + h * c)
        x = x + h / 6 * (a + 2 * b + 2 * c + d)
    return x


def cross(a, b):
    return numpy.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def ffesn(draw, n):
    recipe = {"dynamics": "ffesn", "neurons": n, "steps": 2, "spectral_radius": 1.8}
    weights = draw.uniform(-1, 1, (n, n)) * (draw.random((n, n)) < 0.5)
    weights *= 1.8 / abs(numpy.linalg.eigvals(weights)).max()

    def flow(x):
        for _ in range(recipe["steps"]):
            x = numpy.tanh(weights @ x)
        return x

    return recipe, {"W_reservoir": weights}, n, flow, recipe["steps"]


def lorenz96(draw, n):
    recipe = {"dynamics": "lorenz96", "neurons": n, "forcing": 4.75, "duration": 0.4, "step": 0.05}

    def slope(x):
        return (numpy.roll(x, -1, 0) - numpy.roll(x, 2, 0)) * numpy.roll(x, 1, 0) - x + recipe["forcing"]

    return recipe, {}, n, lambda x: rk4(slope, x, 0.05, 8), recipe["duration"]


def csto(draw, n):
    recipe = {"dynamics": "csto", "oscillators": n, "coupling_Oe": 17.8, "duration_ps": 300, "step_ps": 10}
    coupling = draw.uniform(-1, 1, (n, n))
    coupling /= abs(numpy.linalg.eigvals(coupling)).max()
    # Table IV of paper 001, in CGS-emu
    magnetisation, damping, asymmetry, gyromagnetic = 1448.3, 0.005, 0.288, 1.764e7 * 1e-12
    anisotropy = 18616 - 4 * numpy.pi * magnetisation
    volume = numpy.pi * 60**2 * 2 * 1e-21
    torque = 1.054571817e-27 * 0.537 * 2.5e-4 / (2 * 1.602176634e-20 * magnetisation * volume)

    def slope(x):
        m = x.reshape(3, n, -1)
        field = numpy.stack([17.8 * (coupling @ m[0]), 0 * m[0], 200 + anisotropy * m[2]])
        pinned = numpy.zeros_like(m)
        pinned[0] = 1
        torques = (-gyromagnetic * cross(m, field)
                   - gyromagnetic * torque / (1 + asymmetry * m[0]) * cross(m, cross(pinned, m)))
        return ((torques + damping * cross(m, torques)) / (1 + damping**2)).reshape(x.shape)

    return recipe, {"W_coupling": coupling}, 3 * n, lambda x: rk4(slope, x, 10, 30), recipe["duration_ps"]


def mlp(draw, n):
    recipe = {"dynamics": "mlp", "layers": [n, n, n], "activation": "tanh"}
    matrices = {f"b_{k}": draw.normal(0, 0.1, (n, 1)) for k in (1, 2, 3)}
    matrices.update({f"W_{k}": draw.normal(0, 1.5 / n**0.5, (n, n)) for k in (1, 2)})

    def flow(x):
        x = numpy.tanh(x + matrices["b_1"])
        for k in (1, 2):
            x = numpy.tanh(matrices[f"W_{k}"] @ x + matrices[f"b_{k + 1}"])
        return x

    return recipe, matrices, n, flow, 3


def tangents(x, spheres):
    """Orthonormal columns that span where a state may go."""
    if not spheres:
        return numpy.eye(len(x))
    n = len(x) // 3
    m = x.reshape(3, n)
    columns = []
    for k in range(n):
        for direction in numpy.linalg.svd(m[:, k][None])[2][1:]:
            column = numpy.zeros((3, n))
            column[:, k] = direction
            columns.append(column.ravel())
    return numpy.array(columns).T


def sigmas(flow, x, spheres):
    basis = tangents(x, spheres)
    exact = flow(x[:, None] + 1e-30j * basis).imag / 1e-30
    step = 1e-6
    differences = (flow(x[:, None] + step * basis) - flow(x[:, None] - step * basis)) / (2 * step)
    return [numpy.linalg.svd(jacobian, compute_uv=False)[0] for jacobian in (exact, differences)]


def check(command, name, system, n, samples):
    draw = numpy.random.default_rng(1)
    recipe, matrices, width, flow, time = system(draw, n)
    inputs, classes = 30, 4
    u = draw.normal(0, 1, (samples, inputs))
    with tempfile.TemporaryDirectory() as folder:
        data, model = pathlib.Path(folder) / "data.npz", pathlib.Path(folder) / "model.npz"
        labels = numpy.arange(samples) % classes
        numpy.savez(data, x_train=u, y_train=labels, x_test=u, y_test=labels)
        read_in = draw.normal(0, 0.3 * inputs**-0.5, (width, inputs))
        recipe.update(inputs=inputs, classes=classes,
                      data={"set": "files", "train": str(data), "test": str(data), "standardise": False})
        numpy.savez(model, W_in=read_in, W_out=draw.normal(0, 0.1, (classes, width + 1)), recipe=json.dumps(recipe), **matrices)
        run = subprocess.run([command, "analyze", "ftmle", str(model), "--json"], capture_output=True, text=True)
        if run.returncode:
            sys.exit(run.stderr)
        result = json.loads(run.stdout)
    spheres = name == "csto"
    worst = [0, 0]
    for s in range(samples):
        x = read_in @ u[s]
        if spheres:
            x = (x.reshape(3, n) / numpy.linalg.norm(x.reshape(3, n), axis=0)).ravel()
        sigma = numpy.exp(result["per_sample"][s] * result["time"])
        for i, other in enumerate(sigmas(flow, x, spheres)):
            worst[i] = max(worst[i], abs(sigma / other - 1))
    assert abs(result["time"] - time) < 1e-9 or name == "mlp"
    print(f"| {name} | {width} | {samples} | {worst[0]:.1e} | {worst[1]:.1e} | {result['largest_residual']:.1e} |", flush=True)
    return worst[0] <= 1e-6 and worst[1] <= 1e-4


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stoic", default="stoic")
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    samples = 20 if options.full else 3
    print("| system | numbers | samples | from the exact Jacobian | from finite differences | residual |\n"
          "|---|---|---|---|---|---|")
    sizes = ((ffesn, 500, 40), (lorenz96, 500, 37), (csto, 200, 12), (mlp, 256, 20))
    good = [check(options.stoic, system.__name__, system, full if options.full else small, samples)
            for system, full, small in sizes]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
