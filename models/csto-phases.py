#!/usr/bin/env python3
"""Exponent of weakly coupled spin-torque oscillators by their phases: what is left of lambda / A_cp where A_cp goes to 0.

    csto-phases.py [--draws 6] [--diagonal 0|1] [--transient 1000] [--duration 8000] [--step 0.5] [--harmonics 3]

One oscillator is followed to its limit cycle; kicks of the coupling field along x tell by how much each shifts its phase. Averaged
over a period, the phases of alike oscillators move by d phi_i / d tau = sum_j W_ij H(phi_j - phi_i), tau = A_cp t in Oe ns: the
coupling decides how fast, and nothing else. Printed is the largest exponent of that network, per Oe ns, with its 95 % interval over
20 batches, and its mean over the tenths of the way, transient included, which would fall if it were one of the transient.
Parameters are the defaults of `csto`. Needs NumPy.
"""
import argparse

import numpy

GYROMAGNETIC, DAMPING = 0.01764, 0.005  # rad / (Oe ns)
APPLIED, ANISOTROPY = 200.0, 18616 - 4 * numpy.pi * 1448.3
TORQUE = 1.054571817e-27 * 0.537 * 2.5e-4 / (2 * 1.602176634e-20 * 1448.3 * numpy.pi * 60**2 * 2e-21)
ASYMMETRY = 0.288


def cross(a, b):
    return numpy.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def slope(m, coupling=0.0):
    torque = TORQUE / (1 + ASYMMETRY * m[0])
    field = numpy.array([coupling + 0 * m[0], -torque * m[2], torque * m[1] + APPLIED + ANISOTROPY * m[2]])
    turn = cross(m, field)
    return -GYROMAGNETIC / (1 + DAMPING**2) * (turn + DAMPING * cross(m, turn))


def follow(m, time, steps):
    h = time / steps
    for _ in range(steps):
        a = slope(m)
        b = slope(m + h / 2 * a)
        c = slope(m + h / 2 * b)
        m = m + h / 6 * (a + 2 * b + 2 * c + slope(m + h * c))
        m = m / numpy.linalg.norm(m, axis=0)
    return m


def interaction():
    """Period in ns, and the Fourier coefficients of H."""
    m, h = numpy.array([0.5, 0.3, 0.81]), 0.01
    m = follow(m / numpy.linalg.norm(m), 300, 30000)
    y, crossings, first = [m[1]], [], None
    for k in range(2000):
        m = follow(m, h, 1)
        if y[-1] < 0 <= m[1]:
            crossings.append(k + y[-1] / (y[-1] - m[1]))
            first = m if first is None else first
        y.append(m[1])
    period = numpy.mean(numpy.diff(crossings)) * h
    points, later, kick = 64, 60, 1e-4
    cycle = [first]
    for _ in range(points - 1):
        cycle.append(follow(cycle[-1], period / points, 16))
    cycle = numpy.array(cycle).T
    pushed = (slope(cycle, 1.0) - slope(cycle, -1.0)) / 2 * kick
    ends = numpy.stack([cycle + pushed, cycle - pushed, cycle], axis=2)
    ends = follow(ends / numpy.linalg.norm(ends, axis=0), later * period, later * 64)
    moving, shift = slope(ends[:, :, 2]), (ends[:, :, 0] - ends[:, :, 1]) / (2 * kick)
    response = (shift * moving).sum(0) / (moving**2).sum(0) * 2 * numpy.pi / period
    return period, numpy.fft.fft(cycle[0]) / points * numpy.conj(numpy.fft.fft(response) / points)


def exponents(options, coefficients, seed, n=200):
    """Of each step, those of the transient first."""
    draw = numpy.random.default_rng(100 + seed)
    weights = draw.uniform(-1, 1, (n, n))
    if not options.diagonal:
        numpy.fill_diagonal(weights, 0)
    weights /= abs(numpy.linalg.eigvals(weights)).max()
    k = numpy.arange(1, options.harmonics + 1)[:, None]
    waves, constant = 2 * coefficients[1:options.harmonics + 1, None], coefficients[0].real * weights.sum(1)

    def rate(phase, tangent):
        turned = numpy.exp(1j * k * phase)
        parts = numpy.concatenate([turned, 1j * k * turned * tangent])
        sums = parts.real @ weights.T + 1j * (parts.imag @ weights.T)
        value, change = sums[:options.harmonics], sums[options.harmonics:]
        seen = waves * turned.conj()
        return numpy.array([constant + (seen * value).real.sum(0),
                            (seen * (change - 1j * k * tangent * value)).real.sum(0)])

    state, h = numpy.array([draw.uniform(0, 2 * numpy.pi, n), draw.normal(size=n)]), options.step
    state[1] /= numpy.linalg.norm(state[1])
    found = []
    for _ in range(round((options.transient + options.duration) / h)):
        a = rate(*state)
        b = rate(*(state + h / 2 * a))
        c = rate(*(state + h / 2 * b))
        state = state + h / 6 * (a + 2 * b + 2 * c + rate(*(state + h * c)))
        length = numpy.linalg.norm(state[1])
        state[1] /= length
        found.append(numpy.log(length) / h)
    return numpy.array(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=6)
    parser.add_argument("--diagonal", type=int, default=1)
    parser.add_argument("--transient", type=float, default=1000)
    parser.add_argument("--duration", type=float, default=8000)
    parser.add_argument("--step", type=float, default=0.5)
    parser.add_argument("--harmonics", type=int, default=3)
    options = parser.parse_args()
    period, coefficients = interaction()
    print(f"period {period:.4f} ns; harmonics of H in 1/(Oe ns): "
          + ", ".join(f"{abs(c):.2g}" for c in coefficients[:options.harmonics + 2]))
    means = []
    for seed in range(options.draws):
        found = exponents(options, coefficients, seed)
        batches = [part.mean() for part in numpy.array_split(found[round(options.transient / options.step):], 20)]
        means.append(numpy.mean(batches))
        half = 2.093 * numpy.std(batches, ddof=1) / 20**0.5
        tenths = ", ".join(f"{part.mean():.3f}" for part in numpy.array_split(found, 10))
        print(f"W_cp {seed}: {means[-1]:.4f} ± {half:.4f}; tenths of the way {tenths}", flush=True)
    if len(means) > 1:
        print(f"mean {numpy.mean(means):.4f}, standard error {numpy.std(means, ddof=1) / len(means)**0.5:.4f}")


if __name__ == "__main__":
    main()
