"""Peers on the default world's road graph, beside `cargo bench -p comity-network`.

    cargo bench -p comity-network -- export /tmp/road.csv
    pip install scipy routingkit-cch
    python crates/network/benches/peers_network.py /tmp/road.csv

CPU seconds of one thread, for 2,000 x 2,000 random nodes.
"""

import csv
import os
import sys
import time

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[threads] = "1"

import numpy as np

MANY = 2000


def read(path):
    with open(path) as file:
        rows = list(csv.reader(file))[1:]
    tails, heads, costs = (np.array(column, dtype=np.int64) for column in zip(*rows))
    with open(path + ".nodes") as file:
        nodes = np.array(list(csv.reader(file))[1:], dtype=float)
    return tails, heads, costs, nodes


def timed(what, work):
    start = time.process_time()
    result = work()
    print(f"| {what} | {time.process_time() - start:.3f} s |", flush=True)
    return result


def scipy_matrix(tails, heads, costs, nodes, points):
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    # The sparse matrix would add up parallel arcs and drop those without cost.
    order = np.lexsort((costs, heads, tails))
    tails, heads, costs = tails[order], heads[order], np.maximum(costs[order], 1)
    first = np.ones(len(tails), dtype=bool)
    first[1:] = (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])
    graph = csr_matrix(
        (costs[first].astype(float), (tails[first], heads[first])),
        shape=(len(nodes), len(nodes)),
    )
    few = points[:100]
    start = time.process_time()
    found = dijkstra(graph, indices=few)
    each = (time.process_time() - start) / len(few)
    print(f"| SciPy, one to all | {each:.5f} s |")
    print(f"| SciPy, {MANY:,} x {MANY:,} (one to all times sources) | {each * MANY:.3f} s |")
    return found[:, points]


def routingkit_matrix(tails, heads, costs, nodes, points):
    import routingkit_cch as rk

    order = timed(
        "RoutingKit, order by inertial flow",
        lambda: rk.compute_order_inertial(
            len(nodes), tails.tolist(), heads.tolist(), nodes[:, 1].tolist(), nodes[:, 0].tolist()
        ),
    )
    cch = timed("RoutingKit, completion", lambda: rk.CCH(order, tails.tolist(), heads.tolist(), False))
    metric = timed("RoutingKit, customisation", lambda: rk.CCHMetric(cch, costs.tolist()))
    targets = points.tolist()
    pinned = timed("RoutingKit, targets pinned", lambda: rk.CCHOneToMany(metric, targets))
    return timed(
        f"RoutingKit, {MANY:,} x {MANY:,}",
        lambda: [pinned.distances_from(source) for source in targets],
    )


def main():
    tails, heads, costs, nodes = read(sys.argv[1])
    print(f"{len(nodes)} nodes, {len(tails)} arcs\n\n| what | CPU |\n|---|---|")
    points = np.random.default_rng(1).integers(0, len(nodes), MANY)
    by_scipy = scipy_matrix(tails, heads, costs, nodes, points)
    by_routingkit = routingkit_matrix(tails, heads, costs, nodes, points)
    for row, found in zip(by_scipy, by_routingkit):
        other = np.array([-1 if cost is None else cost for cost in found])
        row = np.where(np.isinf(row), -1, row)
        assert np.abs(row - other).max() <= len(nodes), "the peers agree"


if __name__ == "__main__":
    main()
