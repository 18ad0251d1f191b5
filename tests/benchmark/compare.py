#!/usr/bin/env python3
"""Golden beside float inference, coupled oscillators beside their matrix products alone, then training and inference
beside the same networks in PyTorch.

    compare.py BUILD/bin/stoic_benchmark [PEERS_DIR] [--rounds N] [--only ffesn|csto]

PEERS_DIR (or $STOIC_PEERS_DIR) holds ffesn.py and csto.py: the FFESN 784-500-10 (T = 2), and 200 coupled spin-torque
oscillators for 300 ps in 30 steps of RK4, in PyTorch. The two sides run in turn, each with one and with two threads;
every figure is the median over the rounds, and each side counts with its better thread count. The ratio is the median
of the rounds' own ratios, which a machine with other work to do disturbs less.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

PEER_RATES = {"training": "train_step", "inference": "forward"}
# The peer's program and arguments, and our kernels by what they are compared with.
SYSTEMS = {
    "ffesn": {"peer": ["ffesn.py", "bench", "--rho", "1.8", "--steps", "2"],
              "training": "training_step/batch:{batch}/threads:{threads}/noise:0/",
              "inference": "inference/threads:{threads}/bits:32/"},
    "csto": {"peer": ["csto.py", "bench", "--dt-ps", "10"],
             "training": "csto_training_step/batch:{batch}/threads:{threads}/",
             "inference": "csto_inference/batch:{batch}/threads:{threads}/"},
}


def benchmark_rows(benchmark, chosen, seconds):
    command = [benchmark, f"--benchmark_filter={chosen}", "--benchmark_format=json", f"--benchmark_min_time={seconds}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]


def own_rates(benchmark, system, batch, threads):
    """samples/s by kernel."""
    names = {kernel: SYSTEMS[system][kernel].format(batch=batch, threads=threads) for kernel in PEER_RATES}
    rows = benchmark_rows(benchmark, "|".join("^" + name for name in names.values()), 1)
    return {kernel: next(row["items_per_second"] for row in rows if row["name"].startswith(name))
            for kernel, name in names.items()}


def print_golden_ratios(benchmark, rounds):
    """Golden inference beside float inference, both with the better thread count."""
    seen = {}
    for _ in range(rounds):
        for row in benchmark_rows(benchmark, "^(golden_)?inference", 0.5):
            if "bits:64" not in row["name"]:
                seen.setdefault(row["name"], []).append(row["items_per_second"])
    best = {}
    for name, rates in seen.items():
        kernel = name.split("/threads")[0]
        best[kernel] = max(best.get(kernel, 0), statistics.median(rates))
    for kernel, rate in best.items():
        if kernel != "inference":
            print(f"{kernel:<26} {rate:>9.0f}/s, {rate / best['inference']:.2f} of float inference")
    print(f"{'float inference':<26} {best['inference']:>9.0f}/s")


def print_oscillators(benchmark, rounds):
    """The forward pass of coupled oscillators on one core, its products alone in the same rounds, memory of training."""
    forward, share = [], []
    for _ in range(rounds):
        rows = benchmark_rows(benchmark, "^csto_(forward|products)/batch:256", 0.5)
        rate = {row["name"].split("/")[0]: row["oscillator_steps/s"] for row in rows}
        forward.append(rate["csto_forward"])
        share.append(rate["csto_forward"] / rate["csto_products"])
    print(f"{'200 coupled oscillators':<26} {statistics.median(forward):>9.3g} oscillator steps/s, "
          f"{100 * statistics.median(share):.0f} % of the rate of their matrix products alone")
    child = subprocess.Popen([benchmark, "--benchmark_filter=^csto_training_step/batch:256/threads:2/"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status == 0:
        print(f"{'training them, batch 256':<26} {usage.ru_maxrss / 1024:>9.0f} MiB at most")


def peer_rates(folder, system, batch, threads):
    program, *arguments = SYSTEMS[system]["peer"]
    command = ["/usr/bin/python3", os.path.join(folder, program), *arguments, "--batch", str(batch),
               "--threads", str(threads), "--blas-threads", str(threads)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    rates = {kernel: result[key]["samples_per_s_median"] for kernel, key in PEER_RATES.items()}
    return rates, result["env"]["blas"].startswith("OpenBLAS")


def best_of_threads(rounds, kernel):
    """The rates by round of the thread count whose median is best."""
    return max(([rates[kernel] for rates in by_round] for by_round in rounds.values()), key=statistics.median)


def compare_system(benchmark, peers, system, rounds):
    """One line for each batch and kernel; whether PyTorch was as fast as it can be."""
    tuned = True
    for batch in (64, 256):
        own, peer = {}, {}
        for _ in range(rounds):
            for threads in (1, 2):
                own.setdefault(threads, []).append(own_rates(benchmark, system, batch, threads))
                rates, with_openblas = peer_rates(peers, system, batch, threads)
                peer.setdefault(threads, []).append(rates)
                tuned = tuned and with_openblas
        for kernel in PEER_RATES:
            ours, theirs = best_of_threads(own, kernel), best_of_threads(peer, kernel)
            ratio = statistics.median(a / b for a, b in zip(ours, theirs))
            print(f"{system:<6} {kernel:<10} {batch:>5} {statistics.median(ours):>9.0f} "
                  f"{statistics.median(theirs):>10.0f} {ratio:>6.2f}", flush=True)
    return tuned


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", help="the built stoic_benchmark")
    parser.add_argument("peers", nargs="?", default=os.environ.get("STOIC_PEERS_DIR", ""))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=SYSTEMS, help="one system, without golden beside float")
    arguments = parser.parse_args()
    if not arguments.only:
        print_golden_ratios(arguments.benchmark, arguments.rounds)
    if arguments.only != "ffesn":
        print_oscillators(arguments.benchmark, arguments.rounds)
    print(f"{'system':<6} {'kernel':<10} {'batch':>5} {'stoic/s':>9} {'PyTorch/s':>10} {'ratio':>6}")
    tuned = True
    for system in [arguments.only] if arguments.only else SYSTEMS:
        program = os.path.join(arguments.peers, SYSTEMS[system]["peer"][0])
        if not os.path.exists(program):
            print(f"{system}: comparison with PyTorch skipped: there is no {program}; set STOIC_PEERS_DIR")
        else:
            tuned = compare_system(arguments.benchmark, arguments.peers, system, arguments.rounds) and tuned
    if not tuned:
        print("PyTorch ran without OpenBLAS and is some 20 times slower than it can be: no fair comparison.",
              "Install libopenblas0-pthread.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
