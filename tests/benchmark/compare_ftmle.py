#!/usr/bin/env python3
"""Finite-time Lyapunov exponents beside PyTorch: the system alone, x(0) to x(T), of MNIST inputs, an untrained read-in.

    compare_ftmle.py STOIC [ffesn|csto] [--rounds N]

Peers, with the networks of ftmle.py in the folder that STOIC_PEERS_DIR names:
  Jacobian and SVD     as paper 001 has it, float32
  power, 30 rounds     v <- J^T J v by vjp and jvp, float32: nothing says how far from the largest singular value it ends
  power, certified     the same in float64 until |J^T J v - s^2 v| / s^2 <= 1e-6 for every input, which is what stoic certifies

The sides run in turn, each with one and with two threads; rates are inputs/s of the better, medians over the rounds, a ratio
is the median of the rounds' own. Needs python3-torch, and MNIST where STOIC_DATA_DIR has it.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

SYSTEMS = {
    "ffesn": dict(recipe="mnist-ffesn", set=["steps=2", "spectral_radius=1.8"], limit=2000, peer=["--steps", "2"], inputs=64),
    "csto": dict(recipe="mnist-csto", set=["step_ps=10", "duration_ps=300"], limit=48, peer=["--dt-ps", "10"], inputs=8),
}
TOLERANCE = 1e-6


def stoic(program, system, threads):
    command = [program, "analyze", "ftmle", system["recipe"], "--limit", str(system["limit"]), "--threads", str(threads), "--json"]
    for key in system["set"]:
        command += ["--set", key]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result


def certified(argv):
    """In a process of its own: power iteration until every input is certified. Prints inputs/s and rounds."""
    sys.path.insert(0, os.environ["STOIC_PEERS_DIR"])
    import common
    common.setup(sys.argv)
    import functorch
    import torch
    import ftmle
    name, threads, inputs = argv[0], int(argv[1]), int(argv[2])
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    options = argparse.Namespace(system=name, n=0, rho=1.8, steps=2, seed=1, a_cp=17.8, t_ps=300.0, dt_ps=10.0, inputs=inputs,
                                 data="idx")
    net, flow, _, _ = ftmle.make(options, torch.float64)
    for parameter in net.parameters():
        parameter.requires_grad_(False)
    x = ftmle.starts(net, options, torch.float64)
    begin = time.perf_counter()
    batched = functorch.vmap(flow)
    v = torch.randn(x.shape, dtype=x.dtype, generator=torch.Generator().manual_seed(1))
    v = v / v.norm(dim=1, keepdim=True)
    _, pull = functorch.vjp(batched, x)
    for rounds in range(1, 20001):
        _, jv = functorch.jvp(batched, (x,), (v,))
        image = pull(jv)[0].detach()
        square = (jv * jv).sum(1, keepdim=True).detach()
        if ((image - square * v).norm(dim=1) / square[:, 0]).max() <= TOLERANCE:
            break
        v = image / image.norm(dim=1, keepdim=True)
    print(json.dumps({"inputs_per_s_median": inputs / (time.perf_counter() - begin), "rounds": rounds}))


def peer(name, system, method, threads):
    if method == "certified":
        command = [sys.executable, __file__, "--certified", name, str(threads), str(system["inputs"])]
    else:
        program = os.path.join(os.environ["STOIC_PEERS_DIR"], "ftmle.py")
        inputs = system["inputs"] if method == "power" else max(system["inputs"] // 4, 1)
        command = [sys.executable, program, name, *system["peer"], "--method", method, "--inputs", str(inputs), "--reps", "1",
                   "--threads", str(threads)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    if sys.argv[1:2] == ["--certified"]:
        return certified(sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stoic")
    parser.add_argument("system", nargs="?", choices=sorted(SYSTEMS), help="default: both")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if "STOIC_PEERS_DIR" not in os.environ:
        sys.exit("compare_ftmle.py: set STOIC_PEERS_DIR to the folder of ftmle.py")
    for name in [options.system] if options.system else sorted(SYSTEMS):
        system = SYSTEMS[name]
        rates, rounds = {}, 0
        for _ in range(options.rounds):
            best = {}
            for threads in (1, 2):
                own = stoic(options.stoic, system, threads)
                best["stoic"] = max(best.get("stoic", 0), own["inputs_per_s"])
                for method in ("jacrev", "power", "certified"):
                    result = peer(name, system, method, threads)
                    best[method] = max(best.get(method, 0), result["inputs_per_s_median"])
                    rounds = result.get("rounds", rounds)
            for key, value in best.items():
                rates.setdefault(key, []).append(value)
        print(f"{name}: stoic {statistics.median(rates['stoic']):.4g} inputs/s")
        for method, text in (("jacrev", "Jacobian and SVD"), ("power", "power, 30 rounds"),
                             ("certified", f"power, certified in {rounds} rounds")):
            ratio = statistics.median(a / b for a, b in zip(rates["stoic"], rates[method]))
            print(f"  {text:<36} {statistics.median(rates[method]):9.4g} inputs/s, ratio {ratio:.3g}", flush=True)


if __name__ == "__main__":
    main()
