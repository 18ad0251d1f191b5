#!/usr/bin/python3
"""All Lyapunov exponents of Lorenz 96 as one writes it in NumPy: dense Jacobians, RK4, QR.

    dense_tangent.py [--stoic COMMAND] [--sites 500] [--steps 60] [--every 10] [--threads 1]

Prints seconds of processor time for a unit of the system's time; with --stoic also those of `stoic analyze exponents`, in the
same run, and how many times less that is. Both follow as many tangents as there are sites with a step of 0.01; NumPy makes
them orthonormal every so many steps, stoic chooses.
"""
import argparse
import json
import os
import resource
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stoic")
    parser.add_argument("--sites", type=int, default=500)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--every", type=int, default=10)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(options.threads)
    import numpy  # behind the number of its threads

    n, h, forcing = options.sites, 0.01, 8.0
    rows = numpy.arange(n)

    def slope(x):
        return (numpy.roll(x, -1) - numpy.roll(x, 2)) * numpy.roll(x, 1) - x + forcing

    def jacobian(x):
        result = -numpy.eye(n)
        before, behind = numpy.roll(x, 1), numpy.roll(x, -1) - numpy.roll(x, 2)
        result[rows, (rows + 1) % n] += before
        result[rows, rows - 2] -= before
        result[rows, rows - 1] += behind
        return result

    def step(x, d):
        a = slope(x)
        da = jacobian(x) @ d
        b = slope(x + h / 2 * a)
        db = jacobian(x + h / 2 * a) @ (d + h / 2 * da)
        c = slope(x + h / 2 * b)
        dc = jacobian(x + h / 2 * b) @ (d + h / 2 * db)
        e = slope(x + h * c)
        de = jacobian(x + h * c) @ (d + h * dc)
        return x + h / 6 * (a + 2 * b + 2 * c + e), d + h / 6 * (da + 2 * db + 2 * dc + de)

    def used(who):
        usage = resource.getrusage(who)
        return usage.ru_utime + usage.ru_stime

    x = forcing + numpy.random.default_rng(1).uniform(-1, 1, n)
    for _ in range(500):
        x = x + h * slope(x + h / 2 * slope(x))  # by Euler's method it would diverge
    d = numpy.eye(n)
    begin = used(resource.RUSAGE_SELF)
    for i in range(options.steps):
        x, d = step(x, d)
        if (i + 1) % options.every == 0:
            d, r = numpy.linalg.qr(d)
    mine = (used(resource.RUSAGE_SELF) - begin) / (options.steps * h)
    result = {"sites": n, "numpy_s_per_unit": round(mine, 3)}
    if options.stoic:
        seconds = []
        durations = (1, 4)  # their difference leaves out the transient
        for duration in durations:
            begin = used(resource.RUSAGE_CHILDREN)
            run = subprocess.run([options.stoic, "analyze", "exponents", "lorenz96", "--set", f"neurons={n}", "--k", "all",
                                  "--transient", "2", "--duration", str(duration), "--threads", str(options.threads),
                                  "--json"], capture_output=True, text=True)
            if run.returncode:
                sys.exit(run.stderr)
            seconds.append(used(resource.RUSAGE_CHILDREN) - begin)
        theirs = (seconds[1] - seconds[0]) / (durations[1] - durations[0])
        result.update(stoic_s_per_unit=round(theirs, 3), ratio=round(mine / theirs, 1))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
