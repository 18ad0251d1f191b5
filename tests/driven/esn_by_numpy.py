#!/usr/bin/env python3
"""esn_by_numpy.py OUT.npz: an echo-state network in a few lines of NumPy, which knows nothing of stoic: leaky tanh
neurons on NARMA-10, states of every step, and the read-out by ridge regression with a free bias."""
import json
import sys

import numpy as np

rng = np.random.default_rng(5)
neurons, steps, washout, train, leak, ridge = 40, 700, 100, 500, 0.8, 1e-4
u = 0.5 * rng.random(steps)
y = np.zeros(steps + 1)
for t in range(9, steps):
    y[t + 1] = 0.3 * y[t] + 0.05 * y[t] * y[t - 9:t + 1].sum() + 1.5 * u[t - 9] * u[t] + 0.1
y = y[1:]
W = rng.uniform(-1, 1, (neurons, neurons)) * (rng.random((neurons, neurons)) < 0.2)
W *= 0.9 / np.abs(np.linalg.eigvals(W)).max()
W_in, b = rng.uniform(-1, 1, (neurons, 1)), rng.uniform(-0.2, 0.2, neurons)
x, states = np.zeros(neurons), np.zeros((steps, neurons))
for t in range(steps):
    x = (1 - leak) * x + leak * np.tanh(W @ x + W_in @ u[t:t + 1] + b)
    states[t] = x
Z, Y = states[washout:washout + train], y[washout:washout + train]
mean = Z.mean(0)
w = np.linalg.solve((Z - mean).T @ (Z - mean) + ridge * np.eye(neurons), (Z - mean).T @ (Y - Y.mean()))
W_out = np.append(w, Y.mean() - w @ mean)[None]
test = slice(washout + train, steps)
predicted = states[test] @ w + W_out[0, -1]
recipe = {"dynamics": "esn", "neurons": neurons, "leak": leak, "drive": {},
          "data": {"set": "narma10", "washout": washout, "train": train, "validation": 0, "test": steps - washout - train},
          "read_out": {"ridge": [ridge]}}
np.savez(sys.argv[1], W_in=W_in, b_in=b, W_reservoir=W, W_out=W_out, input_mean=np.zeros(1), input_deviation=np.ones(1),
         output_mean=np.zeros(1), output_deviation=np.ones(1), recipe=json.dumps(recipe),
         series=np.stack([u, y]).T.reshape(-1).view(np.int64), states=states.reshape(-1).view(np.int64),
         nrmse=np.array([np.sqrt(np.mean((predicted - y[test]) ** 2) / y[test].var())]).view(np.int64))
