#!/usr/bin/env python3
"""Clients that ask for a large answer and do not read it: slow_read.py PORT CONNECTIONS.

They come from 100 loopback addresses. Before and meanwhile one honest client asks 100 times a second;
both p99 are printed, and what is left of the connections ten seconds after the last one opened. Fails
when more than a hundredth is left."""
import multiprocessing
import re
import resource
import socket
import sys
import time

PORT, COUNT = int(sys.argv[1]), int(sys.argv[2])
# Connections opened in a second: a flood of them would be another attack.
RATE = 2_000
resource.setrlimit(resource.RLIMIT_NOFILE, (COUNT + 256,) * 2)


def ask(path):
    with socket.create_connection(("127.0.0.1", PORT), timeout=20) as stream:
        stream.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
        parts = []
        while part := stream.recv(1 << 16):
            parts.append(part)
    return b"".join(parts)


def honest(seconds):
    took, due = [], time.monotonic()
    end = due + seconds
    while due < end:
        time.sleep(max(0, due - time.monotonic()))
        assert b"200" in ask("/healthz").split(b"\r\n")[0]
        # From when it was due: a stalled server does not slow this clock.
        took.append(time.monotonic() - due)
        due += 0.01
    took.sort()
    return took[len(took) * 99 // 100] * 1e3


def open_all(path, count):
    request = f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()
    streams, begun = [], time.monotonic()
    for n in range(COUNT):
        time.sleep(max(0, begun + n / RATE - time.monotonic()))
        stream = socket.socket()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        stream.bind((f"127.0.1.{1 + n % 100}", 0))
        stream.settimeout(5)
        try:
            stream.connect(("127.0.0.1", PORT))
            # Several answers: one alone might fit the buffers of both kernels.
            stream.sendall(request * 4)
        except OSError:
            continue
        stream.setblocking(False)
        streams.append(stream)
        count.value = len(streams)
    time.sleep(60)


def left():
    """Connections that the server still holds."""
    with open("/proc/net/tcp") as table:
        return sum(f":{PORT:04X}" in line.split()[1] and line.split()[3] == "01" for line in table)


page = ask("/").decode()
script = max(re.findall(r'/assets/[^"]+\.js', page), key=lambda path: len(ask(path)))
idle = honest(5)
# A process of its own: the clock of the honest client must not wait for it.
count = multiprocessing.Value("i")
attacker = multiprocessing.Process(target=open_all, args=(script, count), daemon=True)
attacker.start()
busy = honest(COUNT / RATE + 10)
remaining = left()
print(
    f"slow readers: {count.value} connections opened, {remaining} left ten seconds later; "
    f"honest p99 {busy:.1f} ms, idle {idle:.1f} ms"
)
attacker.kill()
sys.exit(remaining > COUNT // 100)
