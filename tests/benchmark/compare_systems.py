#!/usr/bin/env python3
"""Training steps of every MNIST recipe, and inference of two, beside the same network in PyTorch (torch_systems.py).

    compare_systems.py BUILD/bin/stoic_benchmark [RECIPE...] [--without-avx512 BUILD2/bin/stoic_benchmark] [--rounds N]

RECIPE is a name such as mnist-lorenz96; default: all. The two sides run in turn, never both at a time, each with one thread
and with all cores; a side counts with its better thread count. Rates are medians over the rounds, a ratio is the median of
the rounds' own ratios, which a machine with other work to do disturbs less. BUILD2 is configured with -DSTOIC_AVX512=OFF;
PyTorch then runs with the AVX2 kernels of its own, of OpenBLAS and of oneDNN. At the end a table in Markdown.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
MODELS = HERE.parent.parent / "models"
AVX2 = {"OPENBLAS_CORETYPE": "Haswell", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2"}
FURTHER_BATCHES = {"mnist-ffesn": (64, 256), "mnist-csto": (64, 256)}
FORWARD_BATCH = 256
LARGEST_BATCH = 4096


def own_rate(benchmark, recipe, batch, threads, seconds):
    """samples/s; batch None: inference."""
    name = f"inference_of/{recipe}/threads:{threads}/" if batch is None else \
        f"training_of/{recipe}/batch:{batch}/threads:{threads}/"
    command = [benchmark, f"--benchmark_filter=^{name}", "--benchmark_format=json", f"--benchmark_min_time={seconds}"]
    rows = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["benchmarks"]
    return rows[0]["items_per_second"]


def peer_rate(recipe, batch, threads, seconds, environment):
    command = ["/usr/bin/python3", HERE / "torch_systems.py", MODELS / f"{recipe}.json", "--threads", str(threads),
               "--seconds", str(seconds), "--batch", str(batch or FORWARD_BATCH), *([] if batch else ["--forward"])]
    result = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | environment)
    return json.loads(result.stdout)["samples_per_s"]


def compare(benchmark, recipe, batch, environment, arguments):
    """Our rate, PyTorch's, and their ratio."""
    threads = sorted({1, max(2, os.cpu_count())})
    own, peer = {t: [] for t in threads}, {t: [] for t in threads}
    for _ in range(arguments.rounds):
        for t in threads:
            own[t].append(own_rate(benchmark, recipe, batch, t, arguments.seconds))
            peer[t].append(peer_rate(recipe, batch, t, arguments.seconds, environment))
    ours, theirs = (max(side.values(), key=statistics.median) for side in (own, peer))
    return statistics.median(ours), statistics.median(theirs), statistics.median(a / b for a, b in zip(ours, theirs))


def rows(names):
    """(recipe, batch), batch None for inference."""
    for recipe in names or sorted(p.stem for p in MODELS.glob("mnist-*.json")):
        own_batch = json.loads((MODELS / f"{recipe}.json").read_text())["training"]["batch"]
        if own_batch > LARGEST_BATCH and not names:  # gradient descent on all samples: compare_training.py
            continue
        for batch in sorted({min(own_batch, LARGEST_BATCH), *FURTHER_BATCHES.get(recipe, ())}):
            yield recipe, batch
        if recipe in FURTHER_BATCHES:
            yield recipe, None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", help="the built stoic_benchmark")
    parser.add_argument("recipes", nargs="*", help="names such as mnist-lorenz96")
    parser.add_argument("--without-avx512", help="another one, built with -DSTOIC_AVX512=OFF")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement; default 2")
    arguments = parser.parse_args()
    if subprocess.run(["/usr/bin/python3", "-c", "import torch"], capture_output=True).returncode:
        print("comparison with PyTorch skipped: install python3-torch and libopenblas0-pthread")
        return
    with_avx512 = "avx512dq" in open("/proc/cpuinfo").read()
    columns = [("AVX-512" if with_avx512 else "AVX2", arguments.benchmark, {} if with_avx512 else AVX2)]
    if arguments.without_avx512:
        columns.append(("AVX2", arguments.without_avx512, AVX2))
    print(f"{'recipe':<18} {'':<8} {'batch':>9} {'stoic/s':>9} {'PyTorch/s':>10} {'ratio':>6}")
    table = []
    for recipe, batch in rows(arguments.recipes):
        what = f"batch {batch}" if batch else "inference"
        ratios = []
        for name, benchmark, environment in columns:
            ours, theirs, ratio = compare(benchmark, recipe, batch, environment, arguments)
            ratios.append(f"{ratio:.1f}" if ratio >= 3 else f"{ratio:.2f}")
            print(f"{recipe:<18} {name:<8} {what:>9} {ours:>9.0f} {theirs:>10.0f} {ratio:>6.2f}", flush=True)
        table.append(f"| `{recipe}` | {batch or what} | {' | '.join(ratios)} |")
    print("\n| recipe | batch | " + " | ".join(name for name, *_ in columns) + " |")
    print("|---|---|" + "---|" * len(columns))
    print("\n".join(table))


if __name__ == "__main__":
    main()
