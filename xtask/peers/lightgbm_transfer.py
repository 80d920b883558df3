#!/usr/bin/env python3
"""Measure LightGBM on exported snapshots: recall at 1 % false positives on another label source.

Reads CSV files (also .gz) with a header and one row per snapshot of an account:

    split, seed, part, horizon, label, source, weight, then the inputs by name

    split    number of the split of the accounts
    seed     seed of the training
    part     train or test
    horizon  of test rows: whole, first_10 or first_3, one row per account and horizon (the state
             at the horizon, or at the end of a shorter history); of train rows it is not looked at
    label    1 illicit, 0 normal
    source   of the label: kaggle, etherscan, ...; synthetic for made-up training rows
    weight   of the row in training; of test rows it is not looked at
    inputs   numbers; an empty cell is a missing value

For each (split, seed) one model is trained on the train rows and scores the test rows. The
threshold is the score that at most 1 % of the normal test accounts exceed (their quantile, taken
from above); recall is the share of illicit test accounts of a source strictly above it. Printed
are mean and sample deviation over all (split, seed).

LightGBM: 300 trees, rate 0.15, depth 6, 31 leaves, L2 5, features 0.3 and rows 0.7 per tree; the
rest are its defaults. One thread. Files are read one after the other, so give one file per split
if all do not fit in memory; rows of one (split, seed) must be in one file.

    pip install lightgbm pandas
    python lightgbm_transfer.py snapshots-0.csv.gz snapshots-1.csv.gz
    python lightgbm_transfer.py --without-synthetic snapshots-*.csv.gz
    python lightgbm_transfer.py --make-example example.csv

The last line of the output is one JSON object.
"""

import argparse
import json
import math
import statistics
import sys
import time

import lightgbm
import numpy as np
import pandas

HORIZONS = ("whole", "first_10", "first_3")
LEADING = ["split", "seed", "part", "horizon", "label", "source", "weight"]
TEXT = {"part": str, "horizon": str, "source": str}
TREES = 300
PARAMETERS = {
    "objective": "binary",
    "learning_rate": 0.15,
    "max_depth": 6,
    "num_leaves": 31,
    "lambda_l2": 5.0,
    "feature_fraction": 0.3,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "num_threads": 1,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}


def recall(normal, illicit, allowed_share=0.01):
    """Return the share of illicit scores above the quantile of the normal ones."""
    if len(normal) == 0 or len(illicit) == 0:
        return math.nan
    rank = math.ceil((1.0 - allowed_share) * (len(normal) - 1))
    return float((illicit > np.sort(normal)[rank]).mean())


def read(path):
    """Read a file; inputs become float32."""
    header = pandas.read_csv(path, nrows=0).columns.tolist()
    if header[:len(LEADING)] != LEADING or len(header) == len(LEADING):
        sys.exit(f"{path}: the header does not begin with {', '.join(LEADING)} and inputs")
    inputs = header[len(LEADING):]
    types = {name: np.float32 for name in inputs}
    types.update(TEXT, split=np.int64, seed=np.int64, label=np.int8, weight=np.float64)
    table = pandas.read_csv(path, dtype=types, keep_default_na=False,
                            na_values={name: ["", "NaN", "nan"] for name in inputs})
    unknown = set(table["part"]) - {"train", "test"}
    if unknown:
        sys.exit(f"{path}: part is neither train nor test: {', '.join(sorted(unknown))}")
    return table, inputs


def one_run(table, inputs, seed, with_synthetic):
    """Train and measure; return recalls by (horizon, source), training rows and CPU seconds."""
    train = table[table["part"] == "train"]
    if not with_synthetic:
        train = train[train["source"] != "synthetic"]
    data = lightgbm.Dataset(
        train[inputs].to_numpy(), label=train["label"].to_numpy(),
        weight=train["weight"].to_numpy(), free_raw_data=True)
    start = time.process_time()
    booster = lightgbm.train({**PARAMETERS, "seed": seed}, data, num_boost_round=TREES)
    spent = time.process_time() - start
    results = {}
    for horizon in HORIZONS:
        test = table[(table["part"] == "test") & (table["horizon"] == horizon)]
        if test.empty:
            continue
        scores = booster.predict(test[inputs].to_numpy(), raw_score=True, num_threads=1)
        is_illicit = test["label"].to_numpy() == 1
        source = test["source"].to_numpy()
        results[horizon, "all"] = recall(scores[~is_illicit], scores[is_illicit])
        for name in sorted(set(source[is_illicit])):
            chosen = is_illicit & (source == name)
            results[horizon, name] = recall(scores[~is_illicit], scores[chosen])
    return results, len(train), spent


def make_example(path):
    """Write a small file of the right shape in which some inputs tell illicit accounts."""
    rng = np.random.default_rng(1)
    inputs = [f"input_{place}" for place in range(64)]
    rows = []

    def add(split, part, horizon, label, source, weight, strength):
        values = rng.standard_normal(len(inputs)).astype(np.float32)
        values[:8] += label * strength
        cells = ["" if rng.random() < 0.03 else f"{value:.6g}" for value in values]
        rows.append([split, split + 1, part, horizon, label, source, weight, *cells])

    for split in range(3):
        for place in range(2_000):
            label = int(place % 5 == 0)
            source = "kaggle" if label else "normal"
            add(split, "train", "5", label, source, 1.0, 0.9)
        for _ in range(100):
            add(split, "train", "", 1, "synthetic", 0.3, 0.5)
        for horizon, strength in zip(HORIZONS, (0.9, 0.7, 0.4)):
            for place in range(1_000):
                label = int(place % 4 == 0)
                source = ("kaggle", "etherscan")[place // 4 % 2] if label else "normal"
                weaker = strength - 0.2 * (source == "etherscan")
                add(split, "test", horizon, label, source, 1.0, weaker)
    pandas.DataFrame(rows, columns=LEADING + inputs).to_csv(path, index=False)
    print(json.dumps({"file": path, "rows": len(rows)}))


def main():
    """Train per (split, seed) and print what was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="exported snapshots")
    parser.add_argument("--source", default="etherscan", help="label source of the main figures")
    parser.add_argument("--without-synthetic", action="store_true",
                        help="leave out made-up training rows")
    parser.add_argument("--make-example", metavar="FILE", help="only write an example file")
    args = parser.parse_args()
    if args.make_example:
        make_example(args.make_example)
        return
    if not args.files:
        parser.error("no files")

    values = {}
    runs = []
    for path in args.files:
        table, inputs = read(path)
        for (split, seed), part in table.groupby(["split", "seed"]):
            results, rows, spent = one_run(part, inputs, int(seed), not args.without_synthetic)
            runs.append({"split": int(split), "seed": int(seed), "train_rows": rows,
                         "train_cpu_s": round(spent, 1)})
            print(f"split {split} seed {seed}: {rows} rows, {spent:.1f} s", file=sys.stderr)
            for key, value in results.items():
                values.setdefault(key, []).append(value)
    summary = []
    for (horizon, source), found in values.items():
        summary.append({
            "horizon": horizon,
            "illicit_source": source,
            "recall_at_fpr_1pct": statistics.fmean(found),
            "deviation": statistics.stdev(found) if len(found) > 1 else 0.0,
            "values": found,
        })
    print(json.dumps({
        "measures": f"LightGBM, recall at 1 % false positives, illicit accounts of {args.source}",
        "lightgbm": lightgbm.__version__,
        "with_synthetic": not args.without_synthetic,
        "by_horizon": {
            row["horizon"]: {"mean": round(row["recall_at_fpr_1pct"], 4),
                             "deviation": round(row["deviation"], 4)}
            for row in summary if row["illicit_source"] == args.source
        },
        "results": summary,
        "runs": runs,
    }))


if __name__ == "__main__":
    main()
