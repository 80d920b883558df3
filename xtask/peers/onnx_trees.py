#!/usr/bin/env python3
"""Measure ONNX Runtime on the account model: rows per CPU second, one row and many at a time.

The trees of the model file (JSON) are written as an ONNX tree ensemble, node by node, so both
sides evaluate the same model. Before anything is timed, the results are compared with a plain
walk of the JSON: in float64 (operator TreeEnsemble, must agree within 1e-6) and in float32
(operator TreeEnsembleRegressor, which is what is timed; it adds up leaves in float32).

Rows are drawn from the quantiles of each feature's thresholds: most cells are thresholds
themselves (a wrong comparison shows there), the others lie between two of them or outside, and
3 % are missing (NaN). Rows of real accounts may be faster or slower.
The rows (little-endian f32, row after row) and their exact raw scores (little-endian f64) can be
written out, so that another program can be checked and timed on the same rows.

CPU time is that of the whole process, with one thread. Calls are made from Python; an identity
model of the same shape tells how much of a call that costs, and a second rate leaves it out.
Every figure is the best of a few rounds.

    pip install numpy onnx onnxruntime
    python onnx_trees.py models/account-model.json --rows-out rows.f32 --scores-out scores.f64

The last line of the output is one JSON object.
"""

import argparse
import json
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

TOLERANCE = 1e-6
ONNX_ML = "ai.onnx.ml"
BRANCH_LEQ = 0  # mode of a node of TreeEnsemble: left when x <= threshold
SUM = 1  # aggregation of TreeEnsemble


def read_model(path):
    """Return (number of features, base, trees); a tree is a list of (kind, fields)."""
    with open(path, encoding="utf-8") as file:
        model = json.load(file)
    count = model["features"]
    count = count if isinstance(count, int) else len(count)
    trees = [[next(iter(node.items())) for node in tree["nodes"]] for tree in model["trees"]]
    return count, float(model["base"]), trees


def draw_rows(trees, feature_count, row_count, missing_share, seed):
    """Draw rows from the quantiles of the thresholds of each feature."""
    rng = np.random.default_rng(seed)
    rows = np.empty((row_count, feature_count), dtype=np.float32)
    thresholds = [[] for _ in range(feature_count)]
    for tree in trees:
        for kind, node in tree:
            if kind == "Split":
                thresholds[node["feature"]].append(node["threshold"])
    for feature, values in enumerate(thresholds):
        if not values:
            rows[:, feature] = rng.standard_normal(row_count)
            continue
        values = np.sort(np.array(values, dtype=np.float32))
        margin = max(1.0, 0.1 * float(values[-1] - values[0]))
        points = np.concatenate(([values[0] - margin], values, [values[-1] + margin]))
        places = rng.random(row_count) * (len(points) - 1)
        column = np.interp(places, np.arange(len(points)), points).astype(np.float32)
        on_threshold = rng.random(row_count) < 0.25
        column[on_threshold] = rng.choice(values, on_threshold.sum())
        rows[:, feature] = column
    rows[rng.random(rows.shape) < missing_share] = np.nan
    return rows


def reference_scores(rows, base, trees):
    """Walk the JSON: left when x <= threshold or missing goes left; sum in float64."""
    scores = np.full(len(rows), base, dtype=np.float64)
    everyone = np.arange(len(rows))
    for tree in trees:
        is_split = np.array([kind == "Split" for kind, _ in tree])

        def column(name, dtype, tree=tree):
            return np.array([node.get(name, 0) for _, node in tree], dtype=dtype)

        feature, threshold = column("feature", np.int64), column("threshold", np.float32)
        missing_left = column("missing_left", bool)
        left, right = column("left", np.int64), column("right", np.int64)
        value = column("value", np.float32)
        at = np.zeros(len(rows), dtype=np.int64)
        while is_split[at].any():
            x = rows[everyone, feature[at]]
            goes_left = np.where(np.isnan(x), missing_left[at], x <= threshold[at])
            below = np.where(goes_left, left[at], right[at])
            at = np.where(is_split[at], below, at)
        scores += value[at].astype(np.float64)
    return scores


def wrap(node, feature_count, element, output_width, ml_version):
    """Make a model of one node."""
    graph = helper.make_graph(
        [node],
        "peer",
        [helper.make_tensor_value_info("rows", element, [None, feature_count])],
        [helper.make_tensor_value_info("raw", element, [None, output_width])],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(ONNX_ML, ml_version)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def float32_model(feature_count, base, trees):
    """TreeEnsembleRegressor: the usual operator; leaves and sums are float32."""
    nodes = []
    leaves = []
    for tree_id, tree in enumerate(trees):
        for place, (kind, node) in enumerate(tree):
            if kind == "Split":
                nodes.append((tree_id, place, "BRANCH_LEQ", node["feature"], node["threshold"],
                              node["left"], node["right"], int(node["missing_left"])))
            else:
                nodes.append((tree_id, place, "LEAF", 0, 0.0, 0, 0, 0))
                leaves.append((tree_id, place, node["value"]))
    fields = [list(field) for field in zip(*nodes)]
    leaf_trees, leaf_places, leaf_values = (list(field) for field in zip(*leaves))
    node = helper.make_node(
        "TreeEnsembleRegressor", ["rows"], ["raw"], domain=ONNX_ML,
        n_targets=1, aggregate_function="SUM", post_transform="NONE", base_values=[base],
        nodes_treeids=fields[0], nodes_nodeids=fields[1], nodes_modes=fields[2],
        nodes_featureids=fields[3], nodes_values=fields[4], nodes_truenodeids=fields[5],
        nodes_falsenodeids=fields[6], nodes_missing_value_tracks_true=fields[7],
        target_treeids=leaf_trees, target_nodeids=leaf_places,
        target_ids=[0] * len(leaves), target_weights=leaf_values,
    )
    return wrap(node, feature_count, TensorProto.FLOAT, 1, 3)


def float64_model(feature_count, trees):
    """TreeEnsemble, all in float64; the operator has no base value, so the caller adds it."""
    splits = []
    leaf_values = []
    roots = []
    for tree in trees:
        # Splits and leaves are numbered apart, over all trees.
        number = []
        split_start, leaf_start = len(splits), len(leaf_values)
        for kind, node in tree:
            if kind == "Split":
                number.append((split_start, 0))
                split_start += 1
            else:
                number.append((leaf_start, 1))
                leaf_start += 1
                leaf_values.append(float(np.float32(node["value"])))
        if tree[0][0] != "Split":
            raise SystemExit("a tree without a split is not supported")
        roots.append(number[0][0])
        for kind, node in tree:
            if kind == "Split":
                splits.append((node["feature"], float(np.float32(node["threshold"])),
                               int(node["missing_left"]),
                               *number[node["left"]], *number[node["right"]]))
    feature, threshold, missing_left, left, left_is_leaf, right, right_is_leaf = (
        list(field) for field in zip(*splits))
    count = len(splits)
    node = helper.make_node(
        "TreeEnsemble", ["rows"], ["raw"], domain=ONNX_ML,
        n_targets=1, aggregate_function=SUM, post_transform=0, tree_roots=roots,
        nodes_featureids=feature,
        nodes_modes=helper.make_tensor(
            "modes", TensorProto.UINT8, [count], bytes([BRANCH_LEQ] * count), raw=True),
        nodes_splits=helper.make_tensor("splits", TensorProto.DOUBLE, [count], threshold),
        nodes_missing_value_tracks_true=missing_left,
        nodes_truenodeids=left, nodes_trueleafs=left_is_leaf,
        nodes_falsenodeids=right, nodes_falseleafs=right_is_leaf,
        leaf_targetids=[0] * len(leaf_values),
        leaf_weights=helper.make_tensor(
            "weights", TensorProto.DOUBLE, [len(leaf_values)], leaf_values),
    )
    return wrap(node, feature_count, TensorProto.DOUBLE, 1, 5)


def open_session(model):
    """Open a session that uses one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def best_rate(session, blocks, seconds, rounds):
    """Return the best rate over the rounds, in rows per CPU second."""
    outputs = ["raw"]
    feeds = [{"rows": block} for block in blocks]
    for feed in feeds[:200]:
        session.run(outputs, feed)
    best = 0.0
    for _ in range(rounds):
        done = place = 0
        start = time.process_time()
        while True:
            for _ in range(max(1, 1000 // len(feeds[0]["rows"]))):
                session.run(outputs, feeds[place])
                done += len(feeds[place]["rows"])
                place = (place + 1) % len(feeds)
            spent = time.process_time() - start
            if spent >= seconds:
                break
        best = max(best, done / spent)
    return best


def main():
    """Compare, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="model file (JSON)")
    parser.add_argument("--rows", type=int, default=20_000, help="rows to draw")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--missing", type=float, default=0.03, help="share of missing cells")
    parser.add_argument("--batch", type=int, nargs="+", default=[256, 1024, 4096],
                        help="batch sizes to try; the best counts")
    parser.add_argument("--seconds", type=float, default=3.0, help="CPU seconds per round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows-out", help="write the rows here, little-endian f32")
    parser.add_argument("--scores-out", help="write their raw scores here, little-endian f64")
    args = parser.parse_args()

    feature_count, base, trees = read_model(args.model)
    rows = draw_rows(trees, feature_count, args.rows, args.missing, args.seed)
    scores = reference_scores(rows, base, trees)
    if args.rows_out:
        rows.astype("<f4").tofile(args.rows_out)
    if args.scores_out:
        scores.astype("<f8").tofile(args.scores_out)

    single = open_session(float32_model(feature_count, base, trees))
    double = open_session(float64_model(feature_count, trees))
    raw32 = single.run(["raw"], {"rows": rows})[0][:, 0].astype(np.float64)
    raw64 = double.run(["raw"], {"rows": rows.astype(np.float64)})[0][:, 0] + base
    difference32 = float(np.abs(raw32 - scores).max())
    difference64 = float(np.abs(raw64 - scores).max())
    if difference64 > TOLERANCE:
        sys.exit(f"float64 results differ from the reference by {difference64}")

    one_by_one = [rows[place:place + 1] for place in range(len(rows))]
    identity = open_session(wrap(helper.make_node("Identity", ["rows"], ["raw"]),
                                 feature_count, TensorProto.FLOAT, feature_count, 3))
    calls = best_rate(identity, one_by_one, args.seconds, args.rounds)
    singles = best_rate(single, one_by_one, args.seconds, args.rounds)
    batches = {}
    for size in args.batch:
        blocks = [rows[place:place + size] for place in range(0, len(rows) - size + 1, size)]
        if blocks:
            batches[str(size)] = round(best_rate(single, blocks, args.seconds, args.rounds))
    print(json.dumps({
        "measures": "ONNX Runtime on the account model",
        "onnxruntime": onnxruntime.__version__,
        "trees": len(trees),
        "nodes": sum(len(tree) for tree in trees),
        "features": feature_count,
        "rows": len(rows),
        "seed": args.seed,
        "max_difference_float64": difference64,
        "max_difference_float32": difference32,
        "largest_raw": float(np.abs(scores).max()),
        "single_rows_per_cpu_s": round(singles),
        "empty_calls_per_cpu_s": round(calls),
        "single_rows_per_cpu_s_without_call": round(1 / (1 / singles - 1 / calls)),
        "batch_rows_per_cpu_s": max(batches.values(), default=None),
        "batch_rows_per_cpu_s_by_size": batches,
    }))


if __name__ == "__main__":
    main()
