#!/usr/bin/env python3
"""Measure Flink SQL on exact event-time windows with checkpoints: events per CPU second.

The job reads a CSV of events (ts_s, key, amount; no header; whole numbers; ts_s ascending, equal
ones allowed), takes count and sum of amounts per key over five windows (1 minute, 5 minutes,
1 hour, 1 day, 7 days) at every event, and applies one rule to them:

    c_1m >= 3 OR (c_1h >= 10 AND s_1h > 5000) OR s_7d > 50000

Semantics, which another program must share to give the same figures: at an event (t, k) the
window of width w holds ALL events of key k with t - w <= ts_s <= t. Both ends belong to it. Events
of the same key and second that come later in the file belong to it too (they are peers in RANGE):
an event can be judged only when its second is over, and all events of one key and second get the
same ten values. Every event alerts or does not; alerts are counted by event, so a key and second
with three events gives three alerts or none.

`checksum` is the sum of all ten values over all events. It checks the windows that no rule reads,
and keeps Flink from leaving them out of the plan.

Flink: one task slot, a checkpoint every 5 seconds (exactly once) to a local folder with heap
(hashmap) or RocksDB (incremental) state, five chained OVER windows (streaming SQL takes one window
per step), and a sum per day as the sink, so that output costs next to nothing. CPU seconds are
those of the JVM, all threads, from /proc/<pid>/stat after the job has ended. Runs over 20 events
give the cost of starting, whose median is taken off; it varies by seconds, so files below some
100,000 events say nothing about speed. Flink looks through the events of a window at every event,
so its speed depends on how full the windows are (`mean_events_in_7d`), that is on the skew.

    pip install apache-flink            # needs Java 17 and Linux (/proc)
    python flink_windows.py generate --events 300000 --keys 30000 --out events.csv
    python flink_windows.py reference --events events.csv
    python flink_windows.py measure --events events.csv --backend hashmap

The last line of the output is one JSON object.
"""

import argparse
import collections
import csv
import itertools
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

WINDOWS = {"1m": 60, "5m": 300, "1h": 3_600, "1d": 86_400, "7d": 604_800}
INTERVALS = {
    "1m": "INTERVAL '1' MINUTE",
    "5m": "INTERVAL '5' MINUTE",
    "1h": "INTERVAL '1' HOUR",
    "1d": "INTERVAL '1' DAY",
    "7d": "INTERVAL '7' DAY",
}
RULE = "c_1m >= 3 OR (c_1h >= 10 AND s_1h > 5000) OR s_7d > 50000"
STARTUP_EVENTS = 20


def generate(path, events, keys, days, skew, seed):
    """Write events: skewed keys, heavy-tailed amounts, bursts of one key, equal seconds."""
    # Only random() is used: its sequence is the same in every version of Python.
    uniform = random.Random(seed).random
    gap = days * 86_400 / events
    clock = 0.0
    key = 0
    with open(path, "w", newline="", encoding="ascii") as file:
        writer = csv.writer(file, lineterminator="\n")
        for _ in range(events):
            if uniform() < 0.15:
                # The last key again, at once or soon.
                clock += 20.0 * max(0.0, uniform() - 0.5)
            else:
                clock += -gap * math.log(1.0 - uniform())
                key = int(keys * uniform() ** skew)
            amount = int(20.0 / (1.0 - uniform()) ** 0.8)
            writer.writerow((int(clock), key, min(amount, 1_000_000)))


def read_events(path):
    """Yield (ts_s, key, amount)."""
    with open(path, newline="", encoding="ascii") as file:
        for ts_s, key, amount in csv.reader(file):
            yield int(ts_s), int(key), int(amount)


def is_alert(counts, sums):
    """Apply the rule to counts and sums by window."""
    return (
        counts["1m"] >= 3
        or (counts["1h"] >= 10 and sums["1h"] > 5_000)
        or sums["7d"] > 50_000
    )


class Key:
    """The events of a key that the widest window still needs, with running sums."""

    def __init__(self):
        self.events = collections.deque()
        # Per window: place of its first event, counted from the first event ever; count; sum.
        self.state = {name: [0, 0, 0] for name in WINDOWS}
        self.dropped = 0

    def add_second(self, ts_s, amounts):
        """Take all events of one second; return counts and sums by window."""
        self.events.extend((ts_s, amount) for amount in amounts)
        for name, width in WINDOWS.items():
            state = self.state[name]
            state[1] += len(amounts)
            state[2] += sum(amounts)
            # An event exactly `width` old still belongs to the window.
            while self.events[state[0] - self.dropped][0] < ts_s - width:
                state[1] -= 1
                state[2] -= self.events[state[0] - self.dropped][1]
                state[0] += 1
        while self.dropped < self.state["7d"][0]:
            self.events.popleft()
            self.dropped += 1
        counts = {name: state[1] for name, state in self.state.items()}
        sums = {name: state[2] for name, state in self.state.items()}
        return counts, sums


def reference(path):
    """Count events and alerts without Flink."""
    start = time.process_time()
    states = collections.defaultdict(Key)
    events = alerts = checksum = widest = 0
    for ts_s, group in itertools.groupby(read_events(path), key=lambda event: event[0]):
        by_key = collections.defaultdict(list)
        for _, key, amount in group:
            by_key[key].append(amount)
        for key, amounts in by_key.items():
            counts, sums = states[key].add_second(ts_s, amounts)
            events += len(amounts)
            widest += len(amounts) * counts["7d"]
            alerts += len(amounts) * is_alert(counts, sums)
            checksum += len(amounts) * (sum(counts.values()) + sum(sums.values()))
    spent = time.process_time() - start
    return {
        "events": events,
        "alerts": alerts,
        "checksum": checksum,
        "mean_events_in_7d": round(widest / events, 1),
        "python_events_per_cpu_s": round(events / spent),
    }


def query():
    """Return the SQL: one OVER step per window, then the rule, then sums per day."""
    columns = "ts, key_id, amount"
    table = f"SELECT {columns} FROM events"
    for name, interval in INTERVALS.items():
        table = (
            f"SELECT {columns}, COUNT(amount) OVER w AS c_{name}, SUM(amount) OVER w AS s_{name}\n"
            f"FROM ({table})\n"
            f"WINDOW w AS (PARTITION BY key_id ORDER BY ts\n"
            f"             RANGE BETWEEN {interval} PRECEDING AND CURRENT ROW)"
        )
        columns += f", c_{name}, s_{name}"
    values = " + ".join(f"c_{name} + s_{name}" for name in INTERVALS)
    return (
        f"SELECT ts, CASE WHEN {RULE} THEN 1 ELSE 0 END AS alert, {values} AS total\n"
        f"FROM ({table})"
    )


def run_job(path, backend, checkpoint_s, folder):
    """Run the job in this process; print its figures as one line of JSON."""
    from pyflink.table import EnvironmentSettings, TableEnvironment

    environment = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
    config = environment.get_config()
    for name, value in {
        "parallelism.default": "1",
        "table.local-time-zone": "UTC",
        "state.backend.type": backend,
        "execution.checkpointing.interval": f"{checkpoint_s} s",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.incremental": str(backend == "rocksdb").lower(),
        "execution.checkpointing.dir": Path(folder).as_uri(),
        "state.backend.rocksdb.localdir": str(Path(folder) / "rocksdb"),
    }.items():
        config.set(name, value)
    environment.execute_sql(
        "CREATE TABLE events (\n"
        "  ts_s INT, key_id INT, amount BIGINT,\n"
        "  ts AS TO_TIMESTAMP_LTZ(ts_s, 0),\n"
        # One millisecond behind: events of the same second are never late.
        "  WATERMARK FOR ts AS ts - INTERVAL '0.001' SECOND\n"
        ") WITH ('connector' = 'filesystem', 'format' = 'csv',\n"
        f"  'path' = '{Path(path).resolve().as_uri()}')"
    )
    environment.execute_sql(f"CREATE TEMPORARY VIEW judged AS {query()}")
    start = time.monotonic()
    result = environment.execute_sql(
        "SELECT window_start, COUNT(*), SUM(alert), SUM(total)\n"
        "FROM TABLE(TUMBLE(TABLE judged, DESCRIPTOR(ts), INTERVAL '1' DAY))\n"
        "GROUP BY window_start, window_end"
    )
    totals = [0, 0, 0]
    with result.collect() as days:
        for _, *figures in days:
            totals = [total + figure for total, figure in zip(totals, figures)]
    wall = time.monotonic() - start
    jvm = find_jvm()
    print(json.dumps({
        "events": totals[0],
        "alerts": totals[1],
        "checksum": totals[2],
        "job_wall_s": round(wall, 1),
        "jvm_cpu_s": round(cpu_seconds(jvm), 2),
        "jvm_peak_rss_mib": peak_rss_mib(jvm),
    }), flush=True)


def find_jvm():
    """Return the process id of the JVM below this process."""
    parents = {}
    names = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            name, fields = stat[stat.index("(") + 1:].rsplit(")", 1)
            parents[int(entry.name)] = int(fields.split()[1])
            names[int(entry.name)] = name
    for process, name in names.items():
        ancestor = process
        while ancestor in parents and ancestor != os.getpid():
            ancestor = parents[ancestor]
        if name == "java" and ancestor == os.getpid():
            return process
    raise SystemExit("the JVM was not found")


def cpu_seconds(process):
    """Return user and system seconds of a process, all threads, dead ones too."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_rss_mib(process):
    """Return the largest resident size so far."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return None


def watch_checkpoints(folder, is_over, seen):
    """Note the numbers of complete checkpoints; only the last one stays on disk."""
    while not is_over.wait(0.1):
        for metadata in Path(folder).glob("*/chk-*/_metadata"):
            seen.add(metadata.parent.name)


def run_apart(path, backend, checkpoint_s):
    """Run the job in a fresh process with a JVM of its own; return its figures."""
    with tempfile.TemporaryDirectory(prefix="flink-windows-") as folder:
        seen = set()
        is_over = threading.Event()
        watcher = threading.Thread(target=watch_checkpoints, args=(folder, is_over, seen))
        watcher.start()
        command = [sys.executable, str(Path(__file__).resolve()), "job", "--events", str(path),
                   "--backend", backend, "--checkpoint-s", str(checkpoint_s), "--folder", folder]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        finally:
            is_over.set()
            watcher.join()
        figures = json.loads(done.stdout.strip().splitlines()[-1])
        figures["checkpoints_seen"] = len(seen)
        return figures


def measure(path, backend, checkpoint_s, starts):
    """Measure some starts and the whole file."""
    with tempfile.TemporaryDirectory(prefix="flink-windows-") as folder:
        few = Path(folder) / "few.csv"
        with open(path, encoding="ascii") as file:
            few.write_text("".join(itertools.islice(file, STARTUP_EVENTS)), encoding="ascii")
        start_cpu_s = [
            run_apart(few, backend, checkpoint_s)["jvm_cpu_s"] for _ in range(starts)
        ]
    figures = run_apart(path, backend, checkpoint_s)
    expected = reference(path)
    is_same = all(figures[name] == expected[name] for name in ("events", "alerts", "checksum"))
    net = figures["jvm_cpu_s"] - statistics.median(start_cpu_s)
    return {
        "measures": "Flink SQL, five exact windows and a rule, with checkpoints",
        "backend": backend,
        "checkpoint_s": checkpoint_s,
        "rule": RULE,
        **figures,
        "same_as_reference": is_same,
        "mean_events_in_7d": expected["mean_events_in_7d"],
        "alert_share": round(figures["alerts"] / figures["events"], 4),
        "startup_jvm_cpu_s": start_cpu_s,
        "events_per_cpu_s": round(figures["events"] / net) if net > 0 else None,
    }


def main():
    """Read the arguments and do what they say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = parser.add_subparsers(dest="mode", required=True)
    mode = modes.add_parser("generate", help="write a file of events")
    mode.add_argument("--events", type=int, default=300_000)
    mode.add_argument("--keys", type=int, default=30_000)
    mode.add_argument("--days", type=float, default=30.0)
    mode.add_argument("--skew", type=float, default=2.0,
                      help="1 for equal keys; the busiest has keys^(-1/skew) of the events")
    mode.add_argument("--seed", type=int, default=1)
    mode.add_argument("--out", required=True)
    mode = modes.add_parser("reference", help="count alerts in plain Python")
    mode.add_argument("--events", required=True, help="file of events")
    for name, text in (("measure", "measure Flink"), ("job", "run it once (used by measure)")):
        mode = modes.add_parser(name, help=text)
        mode.add_argument("--events", required=True, help="file of events")
        mode.add_argument("--backend", choices=("rocksdb", "hashmap"), default="hashmap")
        mode.add_argument("--checkpoint-s", type=int, default=5)
        if name == "measure":
            mode.add_argument("--starts", type=int, default=3, help="runs over 20 events")
        else:
            mode.add_argument("--folder", required=True, help="for checkpoints")
    args = parser.parse_args()

    if args.mode == "generate":
        generate(args.out, args.events, args.keys, args.days, args.skew, args.seed)
        print(json.dumps({"file": args.out, "events": args.events, "keys": args.keys,
                          "days": args.days, "skew": args.skew, "seed": args.seed}))
    elif args.mode == "reference":
        print(json.dumps(reference(args.events)))
    elif args.mode == "measure":
        print(json.dumps(measure(args.events, args.backend, args.checkpoint_s,
                                 args.starts)))
    else:
        run_job(args.events, args.backend, args.checkpoint_s, args.folder)


if __name__ == "__main__":
    main()
