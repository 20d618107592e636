"""`kill -9` at random moments while jobs are told to run: what was acknowledged is done, at least once."""

import random
import threading
import time

import requests

from server import Server, until
from upstream import Upstream
from world import PARENT, YEARLY, World

SEED = 20261122
ROUNDS = 5
RUNNERS = 2
LONGEST_ROUND_SECONDS = 1.5
BOUND_SECONDS = 40


class Runner(threading.Thread):
    """Makes jobs and tells each to run once, until the server is gone."""

    def __init__(self, world, upstream, prefix):
        super().__init__(daemon=True)
        self.world = world
        self.upstream = upstream
        self.prefix = prefix
        self.token = world.owner_token()
        self.acknowledged = []
        self.unexpected = []

    def run(self):
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.token}"
        api = f"{self.world.server.url}/v1/{PARENT}/jobs"
        for number in range(100_000):
            job = f"{self.prefix}-{number}"
            # One job for each run, so that a run that arrives twice cannot hide one that never does.
            body = {
                "name": f"{PARENT}/jobs/{job}", "schedule": YEARLY, "attemptDeadline": "15s",
                "httpTarget": {"uri": f"{self.upstream.url}/{job}"},
            }
            try:
                made = session.post(api, json=body, timeout=10)
                run = session.post(f"{api}/{job}:run", json={}, timeout=10)
            except requests.RequestException:
                return
            if (made.status_code, run.status_code) != (200, 200):
                self.unexpected.append(f"{made.status_code} {made.text} {run.status_code} {run.text}")
                return
            self.acknowledged.append(job)


def test_no_acknowledged_run_is_lost(tmp_path):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    began = time.monotonic()
    upstream = Upstream()
    server = Server(tmp_path / "data")
    acknowledged = []
    try:
        for round_ in range(ROUNDS):
            if time.monotonic() - began > BOUND_SECONDS / 2:
                break
            server.start()
            world = World(server)
            runners = [Runner(world, upstream, f"r{round_}-{runner}") for runner in range(RUNNERS)]
            moment = threading.Event()
            for runner in runners:
                runner.start()
            # The moment is chance's; nothing is expected to have happened by then, except in all rounds together.
            moment.wait(chance.uniform(0.02, LONGEST_ROUND_SECONDS))
            server.kill()
            for runner in runners:
                runner.join(20)
                assert not runner.is_alive()
                assert runner.unexpected == [], f"seed {SEED}, round {round_}"
                acknowledged += runner.acknowledged
        assert acknowledged, f"seed {SEED}: no run was acknowledged before any kill"

        server.start()
        def lost():
            arrived = {arrival.path.removeprefix("/") for arrival in list(upstream.arrivals)}
            return [job for job in acknowledged if job not in arrived]

        left = BOUND_SECONDS - (time.monotonic() - began)
        until(lambda: not lost(), f"seed {SEED}: all {len(acknowledged)} acknowledged runs arrive", max(left, 5))
        assert server.interrupt() == 0
        assert "panicked" not in server.output()
        print(f"{len(acknowledged)} runs were acknowledged, {len(upstream.arrivals)} attempts arrived")
    finally:
        server.end()
        upstream.close()
