"""`kill -9` at random moments while a thousand jobs are told to run: what was acknowledged is done, at least once."""

import itertools
import random
import threading
import time

import requests

from server import Server, until
from upstream import Upstream
from world import PARENT, YEARLY, World

SEED = 20261122
RUNS = 1000
# However fast the machine is, a moment is random only if there are many of them.
ROUNDS = 10
RUNNERS_OF_A_KIND = 8
LONGEST_ROUND_SECONDS = 4
# For everything, so that what hangs ends. Half a minute is enough for a thousand runs on a machine with nothing else to do.
BOUND_SECONDS = 600


class Runner(threading.Thread):
    """Makes jobs and tells each to run once, until the server is gone."""

    def __init__(self, world, prefix, target):
        super().__init__(daemon=True)
        self.api = f"{world.server.url}/v1/{PARENT}/jobs"
        self.prefix = prefix
        self.target = target
        self.token = world.owner_token()
        self.acknowledged = []
        self.unexpected = []

    def run(self):
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {self.token}"
        for number in range(100_000):
            job = f"{self.prefix}-{number}"
            # One job for each run, so that a run that arrives twice cannot hide one that never does.
            target = {**self.target, "uri": f"{self.target['uri']}/{job}"}
            body = {"name": f"{PARENT}/jobs/{job}", "schedule": YEARLY, "attemptDeadline": "15s", "httpTarget": target}
            try:
                made = session.post(self.api, json=body, timeout=10)
                run = session.post(f"{self.api}/{job}:run", json={}, timeout=10)
            except requests.RequestException:
                return
            if (made.status_code, run.status_code) != (200, 200):
                self.unexpected.append(f"{made.status_code} {made.text} {run.status_code} {run.text}")
                return
            self.acknowledged.append(job)


def make_targets(world, upstream):
    """The same program, called directly and as a private service."""
    account = world.account("runner")
    service = world.service(upstream.url)
    service.let_in(account.member)
    token = {"serviceAccountEmail": account.email, "audience": service.uri}
    return {"open": {"uri": upstream.url}, "private": {"uri": service.uri, "oidcToken": token}}


def test_no_acknowledged_run_is_lost(tmp_path):
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    began = time.monotonic()
    upstream = Upstream()
    server = Server(tmp_path / "data")
    acknowledged, targets = [], None
    try:
        for round_ in itertools.count():
            if len(acknowledged) >= RUNS and round_ >= ROUNDS:
                break
            spent = time.monotonic() - began
            assert spent < BOUND_SECONDS, (
                f"seed {SEED}: {len(acknowledged)} of {RUNS} runs were acknowledged in {round_} rounds and {spent:.0f} s"
            )
            server.start()
            world = World(server)
            targets = targets or make_targets(world, upstream)
            runners = [
                Runner(world, f"round-{round_}-{kind}-{number}", target)
                for kind, target in targets.items() for number in range(RUNNERS_OF_A_KIND)
            ]
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
        for kind in targets:
            assert any(kind in job for job in acknowledged), f"seed {SEED}: no {kind} run was acknowledged"

        def lost():
            arrived = {arrival.path.removeprefix("/") for arrival in list(upstream.arrivals)}
            return [job for job in acknowledged if job not in arrived]

        server.start()
        left = BOUND_SECONDS - (time.monotonic() - began)
        until(lambda: not lost(), f"seed {SEED}: all {len(acknowledged)} acknowledged runs arrive", max(left, 10))
        assert server.interrupt() == 0
        assert "panicked" not in server.output()
        assert len(acknowledged) >= RUNS
        print(
            f"{len(acknowledged)} runs were acknowledged and none was lost in {round_} kills, "
            f"{len(upstream.arrivals)} attempts arrived, {time.monotonic() - began:.0f} s"
        )
    finally:
        server.end()
        upstream.close()
