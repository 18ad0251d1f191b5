#!/usr/bin/env python3
"""Golden beside float inference, then training and inference of the FFESN 784-500-10 (T = 2) beside PyTorch.

    compare.py BUILD/bin/stoic_benchmark [PEERS_DIR] [--rounds N]

PEERS_DIR (or $STOIC_PEERS_DIR) holds ffesn.py, the same network in PyTorch. The two run in turn, each with one and
with two threads; every figure is the median over the rounds, and each side counts with its better thread count.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

PEER_RATES = {"training": "train_step", "inference": "forward"}


def own_rates(benchmark, batch, threads):
    """samples/s by kernel; inference does not depend on the batch, since it chooses its own."""
    chosen = f"training_step/batch:{batch}/threads:{threads}/noise:0/|inference/threads:{threads}/bits:32/"
    command = [benchmark, f"--benchmark_filter={chosen}", "--benchmark_format=json", "--benchmark_min_time=1"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    rate = {row["name"].split("/")[0]: row["items_per_second"] for row in rows}
    return {"training": rate["training_step"], "inference": rate["inference"]}


def print_golden_ratios(benchmark, rounds):
    """Golden inference beside float inference, both with the better thread count."""
    command = [benchmark, "--benchmark_filter=inference",
               "--benchmark_format=json", "--benchmark_min_time=0.5"]
    seen = {}
    for _ in range(rounds):
        rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
        for row in rows:
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


def peer_rates(folder, batch, threads):
    command = ["/usr/bin/python3", os.path.join(folder, "ffesn.py"), "bench", "--rho", "1.8", "--steps", "2",
               "--batch", str(batch), "--threads", str(threads), "--blas-threads", str(threads)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    rates = {kernel: result[key]["samples_per_s_median"] for kernel, key in PEER_RATES.items()}
    return rates, result["env"]["blas"].startswith("OpenBLAS")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", help="the built stoic_benchmark")
    parser.add_argument("peers", nargs="?", default=os.environ.get("STOIC_PEERS_DIR", ""))
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print_golden_ratios(arguments.benchmark, arguments.rounds)
    if not os.path.exists(os.path.join(arguments.peers, "ffesn.py")):
        print("comparison with PyTorch skipped: no ffesn.py in", arguments.peers or "$STOIC_PEERS_DIR (not set)")
        return 0
    print(f"{'kernel':<10} {'batch':>5} {'stoic/s':>9} {'PyTorch/s':>10} {'ratio':>6}")
    for batch in (64, 256):
        seen = {}
        for _ in range(arguments.rounds):
            for threads in (1, 2):
                own = own_rates(arguments.benchmark, batch, threads)
                peer, tuned = peer_rates(arguments.peers, batch, threads)
                for side, rates in (("stoic", own), ("peer", peer)):
                    for kernel, rate in rates.items():
                        seen.setdefault((side, kernel, threads), []).append(rate)
        for kernel in PEER_RATES:
            own, peer = (max(statistics.median(seen[side, kernel, threads]) for threads in (1, 2))
                         for side in ("stoic", "peer"))
            print(f"{kernel:<10} {batch:>5} {own:>9.0f} {peer:>10.0f} {own / peer:>6.2f}", flush=True)
    if not tuned:
        print("PyTorch ran without OpenBLAS and is some 20 times slower than it can be: no fair comparison.",
              "Install libopenblas0-pthread.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
