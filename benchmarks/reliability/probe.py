"""Asks a health address again and again from a process of its own: `python -m benchmarks.reliability.probe URL`.

Ends with the end of its input, and prints the milliseconds of each answer, or -1 for one that failed.
"""

import json
import select
import sys
import time
import urllib.request

INTERVAL_S = 0.05


def main(url: str) -> None:
    """Probe until stdin is closed."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    times = []
    while not select.select([sys.stdin], [], [], INTERVAL_S)[0]:
        started = time.perf_counter()
        try:
            with opener.open(url, timeout=10) as answer:
                answer.read()
            times.append((time.perf_counter() - started) * 1e3)
        except OSError:
            times.append(-1.0)
    print(json.dumps(times))


if __name__ == "__main__":
    main(sys.argv[1])
