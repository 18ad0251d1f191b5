#!/usr/bin/env python3
"""Largest exponents of systems whose matrices are drawn as the released code of paper 001 and its group draws them.

    drawn-exponents.py ffesn [--stoic COMMAND] [--draws 10] [--values 1.2,1.4,1.6,1.8,2] [--mask undirected|directed]
                            [--scale eigenvalue|bulk]
    drawn-exponents.py csto [--draws 3] [--values 0.1,1,2,5] [--diagonal 0|1] [--symmetric] [--transient 100000] [--duration 300000]

ffesn: W' of 500 neurons with one mask for all draws, symmetric and without self-loops, half of the pairs; uniform values,
scaled so that the largest eigenvalue, or with --scale bulk the circle that nearly all of them fill, has the radius. csto:
W_cp of 200 oscillators with a diagonal of zeros (or, with --diagonal 1, a drawn one), with --symmetric w_ik = w_ki, scaled
to a radius of 1. Each is written as a model, which `stoic analyze exponents` follows from a random start. Needs NumPy.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy


def ffesn(options, number, radius, scale):
    n = 500
    mask = numpy.random.default_rng(42).random((n, n)) < 0.5
    draw = numpy.random.default_rng(100 + number)
    if options.mask == "undirected":
        mask = numpy.triu(mask, 1)
        mask |= mask.T
    else:
        mask = draw.random((n, n)) < 0.5
    weights = draw.uniform(-1, 1, (n, n)) * mask
    bulk = (weights**2).sum()**0.5 / n**0.5  # of the circular law
    scale[number] = bulk if options.scale == "bulk" else scale.get(number) or abs(numpy.linalg.eigvals(weights)).max()
    recipe = {"dynamics": "ffesn", "neurons": n, "steps": 2, "spectral_radius": radius}
    return recipe, n, {"W_reservoir": weights * radius / scale[number]}, ["--transient", "1000", "--duration", "4000"]


def csto(options, number, coupling, scale):
    n = 200
    weights = numpy.random.default_rng(100 + number).uniform(-1, 1, (n, n))
    if options.symmetric:
        weights = numpy.triu(weights) + numpy.triu(weights, 1).T
    if not options.diagonal:
        numpy.fill_diagonal(weights, 0)
    scale[number] = scale.get(number) or abs(numpy.linalg.eigvals(weights)).max()
    recipe = {"dynamics": "csto", "oscillators": n, "coupling_Oe": coupling, "duration_ps": 300, "step_ps": 10}
    return recipe, 3 * n, {"W_coupling": weights / scale[number]}, ["--transient", options.transient, "--duration", options.duration]


def exponent(command, folder, recipe, width, matrices, words):
    recipe.update(inputs=4, classes=2, data={"set": "random"})
    numpy.savez(folder / "model.npz", W_in=numpy.zeros((width, 4)), W_out=numpy.zeros((2, width + 1)),
                recipe=json.dumps(recipe), **matrices)
    run = subprocess.run([command, "analyze", "exponents", str(folder / "model.npz"), "--start", "random", "--k", "1",
                          "--threads", "1", "--json", *words], capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    result = json.loads(run.stdout)
    return result["exponents"][0], (result["intervals"][0][1] - result["intervals"][0][0]) / 2


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system", choices=["ffesn", "csto"])
    parser.add_argument("--stoic", default="stoic")
    parser.add_argument("--draws", type=int, default=0)
    parser.add_argument("--values")
    parser.add_argument("--mask", choices=["undirected", "directed"], default="undirected")
    parser.add_argument("--scale", choices=["eigenvalue", "bulk"], default="eigenvalue")
    parser.add_argument("--diagonal", type=int, default=0)
    parser.add_argument("--symmetric", action="store_true")
    parser.add_argument("--transient", default="100000")
    parser.add_argument("--duration", default="300000")
    options = parser.parse_args()
    is_map = options.system == "ffesn"
    values = options.values or ("1.2,1.4,1.6,1.8,2" if is_map else "0.1,1,2,5")
    unit = 1 if is_map else 1000  # per ps becomes per ns
    scale = {}
    print("| value | mean | standard error | deviation | each |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for value in map(float, values.split(",")):
            found = []
            for number in range(options.draws or (10 if is_map else 3)):
                network = (ffesn if is_map else csto)(options, number, value, scale)
                found.append([unit * x for x in exponent(options.stoic, pathlib.Path(folder), *network)])
            each = numpy.array(found)[:, 0]
            spread = each.std(ddof=1) if len(each) > 1 else float("nan")
            print(f"| {value:g} | {each.mean():.4f} | {spread / len(each)**0.5:.4f} | {spread:.4f} | "
                  + ", ".join(f"{x:.4f} ± {half:.4f}" for x, half in found) + " |", flush=True)


if __name__ == "__main__":
    main()
