#!/usr/bin/env bash
# Slow heads, bodies and readers against a server: usage slow.sh BINARY WORK_DIR PORT. Each attack opens
# many connections and lets them stall; all must be closed within ten seconds of the last one, and
# honest requests must be answered meanwhile.
set -euo pipefail
binary=$(realpath "$1") work=$2 port=$3
mkdir -p "$work"
ulimit -n 16384
"$binary" serve --data-dir "$work/data" --listen "127.0.0.1:$port" >"$work/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
for _ in $(seq 60); do curl -sf "http://127.0.0.1:$port/healthz" >/dev/null && break; sleep 0.2; done

established() { ss -Htn state established "( sport = :$port )" | wc -l; }

for kind in H B; do
    slowhttptest -"$kind" -c 2000 -i 5 -r 2000 -l 14 -p 3 -u "http://127.0.0.1:$port/v1/session" \
        >"$work/slow-$kind" 2>&1 &
    attack=$!
    sleep 3
    for _ in $(seq 20); do
        curl -sf -m 5 -o /dev/null -w '%{time_total}\n' "http://127.0.0.1:$port/healthz"
    done | sort -n | tail -1 | sed "s/^/slow -$kind: slowest of 20 honest requests, seconds: /"
    sleep 8.5
    left=$(established)
    echo "slow -$kind: connections left after 11.5 s: $left"
    [ "$left" -le 5 ]
    wait "$attack" || true
done
python3 "$(dirname "$0")/slow_read.py" "$port" 5000
