#!/usr/bin/env python3
"""States of an echo-state network of 500 neurons, one step of one series after the other, and ridge regression of 100,000 steps,
beside NumPy and SciPy. "NumPy": nothing but x = (1 - a) x + a tanh(Win u + W x + b), W a sparse matrix of SciPy where it is
sparse. "reservoirpy's way": the same as reservoirpy 0.3 does it, its functions written anew: noise of no size is added, read-in and
bias are sparse, states are rows that are turned into columns and back.

    compare_series.py BUILD/bin/stoic_benchmark [--rounds N]

The two sides run in turn, with one thread each; rates are medians over the rounds, a ratio is the median of the rounds' own.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

os.environ |= {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")}
import numpy as np  # noqa: E402
import scipy.linalg  # noqa: E402
import scipy.sparse  # noqa: E402

NEURONS, LEAK, STEPS = 500, 0.5, 7000
RIDGE_STEPS = 100_000


def matrix(density, random):
    if density < 1:
        w = scipy.sparse.random(NEURONS, NEURONS, density, format="csr", random_state=1, data_rvs=random.standard_normal)
    else:
        w = random.standard_normal((NEURONS, NEURONS))
    return w * (0.9 / np.sqrt(density * NEURONS))


def states(density):
    """steps/s"""
    random = np.random.default_rng(1)
    w = matrix(density, random)
    w_in, bias = random.uniform(-1, 1, (NEURONS, 1)), random.uniform(-1, 1, (NEURONS, 1))
    series = random.uniform(0, 0.5, (STEPS, 1, 1))
    x = np.zeros((NEURONS, 1))
    kept = np.empty((STEPS, NEURONS))
    begin = time.perf_counter()
    for t in range(STEPS):
        x = (1 - LEAK) * x + LEAK * np.tanh(w_in @ series[t] + w @ x + bias)
        kept[t] = x[:, 0]
    return STEPS / (time.perf_counter() - begin)


def reservoirpy_states(density):
    """steps/s of forward_internal() and reservoir_kernel() for each step"""
    random = np.random.default_rng(1)
    w = matrix(density, random)
    w_in = scipy.sparse.random(NEURONS, 1, 0.1, format="csr", random_state=2)
    bias = scipy.sparse.random(NEURONS, 1, 0.1, format="csr", random_state=3)

    def noise(shape, gain=0.0):
        return gain * random.standard_normal(shape) if abs(gain) > 0 else np.zeros(shape)

    def kernel(u, r):
        return np.array(w @ r + w_in @ (u + noise(u.shape)) + bias)

    def forward(state, x):
        u, r = x.reshape(-1, 1), state.T
        return ((1 - LEAK) * r + LEAK * np.tanh(kernel(u, r)) + noise(r.shape)).T

    series = random.uniform(0, 0.5, (STEPS, 1))
    state, kept = np.zeros((1, NEURONS)), np.empty((STEPS, NEURONS))
    begin = time.perf_counter()
    for t in range(STEPS):
        state = forward(state, series[t].reshape(1, -1))
        kept[t] = state
    return STEPS / (time.perf_counter() - begin)


def ridge():
    """steps/s of X Xᵀ, Y Xᵀ and the solution, of several times as the other side has them"""
    times = 5
    random = np.random.default_rng(1)
    x, y = random.uniform(-1, 1, (RIDGE_STEPS, NEURONS)), random.uniform(-1, 1, (RIDGE_STEPS, 1))
    begin = time.perf_counter()
    for _ in range(times):
        scipy.linalg.solve(x.T @ x + 1e-4 * np.eye(NEURONS), x.T @ y, assume_a="sym")
    return times * RIDGE_STEPS / (time.perf_counter() - begin)


def own(benchmark, name):
    command = [benchmark, f"--benchmark_filter=^{name}$", "--benchmark_format=json", "--benchmark_min_time=1"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    return rows[0]["items_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print("| | stoic, steps/s | peer, steps/s | ratio |\n|---|---|---|---|")
    for name, what, peer in (("esn_states/10", "states, density 0.1, NumPy", lambda: states(0.1)),
                             ("esn_states/100", "states, density 1, NumPy", lambda: states(1)),
                             ("esn_states/10", "states, density 0.1, reservoirpy's way", lambda: reservoirpy_states(0.1)),
                             ("esn_states/100", "states, density 1, reservoirpy's way", lambda: reservoirpy_states(1)),
                             ("ridge", "ridge regression, NumPy", ridge)):
        pairs = [(own(arguments.benchmark, name), peer()) for _ in range(arguments.rounds)]
        ours, theirs = (statistics.median(side) for side in zip(*pairs))
        print(f"| {what} | {ours:,.0f} | {theirs:,.0f} | {statistics.median(a / b for a, b in pairs):.2f} |", flush=True)


if __name__ == "__main__":
    main()
