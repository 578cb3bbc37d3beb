"""CPU seconds and memory of three-way PPML with pair-clustered errors, beside fereg and pyfixest.

usage: python peers.py NAME [THREADS]     NAME is a panel of panels.py: b0, b1, b2 or b3

Needs `cargo build --release -p comity-gravity --example fit`, and `pip install fereg pandas
pyarrow` (pyfixest if it is there). Each program runs in a process of its own; Comity's time is that of
the whole process and, behind it, without reading the file, as it is for the others.
"""
import os, re, subprocess, sys, time

FORMULA = "trade ~ rta + ltar + brd | ey + iy + pair"
HERE = os.path.dirname(os.path.abspath(__file__))


def comity(path, threads):
    binary = os.path.join(HERE, "../../../target/release/examples/fit")
    started = time.time()
    process = subprocess.Popen(
        [binary, path, FORMULA, "poisson", "cluster:pair"],
        env={**os.environ, "RAYON_NUM_THREADS": str(threads)},
        stdout=subprocess.PIPE, text=True,
    )
    text = process.stdout.read()
    # Of this process alone.
    _, status, used_up = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, text
    wall = time.time() - started
    cpu = used_up.ru_utime + used_up.ru_stime
    rta = re.search(r"rta +(\S+) \((\S+)\)", text)
    used = re.search(r"used: (\d+)", text)
    # Seconds on the clock, which on one thread are those of the processor.
    call = cpu - float(re.search(r"read (\S+) s", text).group(1))
    call_wall = float(re.search(r"with covariance (\S+) s", text).group(1))
    print(f"comity   cpu {cpu:7.2f} (call {call:.2f}) wall {wall:7.2f} (call {call_wall:.2f}) "
          f"MB {used_up.ru_maxrss / 1024:6.0f} rows {used.group(1)} rta {rta.group(1)} ({rta.group(2)})", flush=True)


PEER = """
import resource, sys, time, pandas, {module} as peer
data = pandas.read_parquet(sys.argv[1])
cpu, wall = time.process_time(), time.time()
fit = peer.fepois({formula!r}, data, vcov={{"CRV1": "pair"}}{more})
cpu, wall = time.process_time() - cpu, time.time() - wall
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
rows = getattr(fit, "_N", None) or getattr(fit, "nobs", "?")
print(f"{name:8} cpu {{cpu:7.2f}} wall {{wall:7.2f}} MB {{memory:6.0f}} rows {{rows}} "
      f"rta {{fit.coef()['rta']:.12f}} ({{fit.se()['rta']:.12f}})")
"""


def peer(name, module, path, more=""):
    code = PEER.format(name=name, module=module, formula=FORMULA, more=more)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code, path],
                          capture_output=True, text=True)
    print(done.stdout.strip() or f"{name}: {done.stderr.strip().splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    name = sys.argv[1]
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    path = f"./{name}.parquet"
    if not os.path.exists(path):
        subprocess.run([sys.executable, os.path.join(HERE, "panels.py"), name], check=True)
    for _ in range(3):
        comity(path, threads)
        peer("fereg", "fereg", path, f", nthreads={threads}")
    peer("fereg ir", "fereg", path, f", nthreads={threads}, separation_check=['fe', 'ir']")
    peer("pyfixest", "pyfixest", path)
