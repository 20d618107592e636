"""`gcloud logging` as articles type it, under `doorward exec`."""

import queue
import signal
import threading

from gcloud import needs_gcloud
from server import command, until
from world import PROJECT, YEARLY

pytestmark = needs_gcloud


def test_what_is_written_is_read_listed_and_deleted(gcloud, world):
    log = world.unique("log")
    assert "Created log entry." in gcloud.talk("logging", "write", log, "A simple entry", "--severity=ALERT")
    gcloud.done("logging", "write", log, '{"key": "value", "count": 3}', "--payload-type=json")
    # gcloud names a log with everything percent-encoded that it can encode.
    of_log = f"logName=projects/{PROJECT}/logs/{log}"
    simple, structured = gcloud.json("logging", "read", of_log, "--order=asc")
    assert (simple["textPayload"], simple["severity"]) == ("A simple entry", "ALERT")
    assert structured["jsonPayload"] == {"key": "value", "count": 3} and structured["resource"]["type"] == "global"
    found = gcloud.json("logging", "read", f"{of_log} AND jsonPayload.key=value", "--limit=1", "--freshness=1h")
    assert [entry["insertId"] for entry in found] == [structured["insertId"]]
    assert gcloud.json("logging", "read", f"{of_log} AND severity<NOTICE AND severity>DEFAULT") == []
    assert f"projects/{PROJECT}/logs/{log}" in gcloud.done("logging", "logs", "list")
    assert log in gcloud.talk("logging", "logs", "delete", log, "--quiet")
    assert gcloud.json("logging", "read", of_log) == []
    assert "at character" in gcloud.refused("logging", "read", "severity>=ERORR")


def test_a_tail_tells_what_is_written_while_it_lasts(gcloud, world):
    """With the gRPC that gcloud brings along on Linux, over HTTP/2 through the proxy."""
    log, told = world.unique("log"), queue.Queue()
    tail = gcloud.started("alpha", "logging", "tail", f"logName:{log} AND severity>=ERROR", "--format=value(severity,text_payload)")
    reading = threading.Thread(target=lambda: [told.put(line) for line in tail.stdout], daemon=True)
    reading.start()

    def write(severity, text):
        entry = {"logName": f"projects/{PROJECT}/logs/{log}", "resource": {"type": "global"}, "severity": severity, "textPayload": text}
        world.done("POST", "/v2/entries:write", json={"entries": [entry]})

    def is_heard():
        # What was written before the session began is none of its business.
        write("INFO", "quiet")
        write("ERROR", "loud")
        assert tail.poll() is None, tail.stderr.read()
        return not told.empty()

    try:
        until(is_heard, "the tail tells something", 60)
        write("ERROR", "the last")
        ends = lambda: "the last" in told.queue[-1]
        until(ends, "the tail tells the last", 60)
        tail.send_signal(signal.SIGINT)
        assert tail.wait(60) == 128 + signal.SIGINT
    finally:
        tail.kill()
    assert {line.split(maxsplit=1)[1].strip() for line in told.queue} == {"loud", "the last"}
    assert "Command killed by keyboard interrupt" in tail.stderr.read()


def test_the_entries_of_a_failed_job_are_read(gcloud, world):
    job = world.job("http://127.0.0.1:9/", schedule=YEARLY)
    world.run(job)
    world.attempted(job)
    filter = f'resource.type="cloud_scheduler_job" AND severity>=ERROR AND resource.labels.job_id="{job.rsplit("/", 1)[1]}"'
    [failed] = gcloud.json("logging", "read", filter, "--limit=10", "--freshness=1h")
    assert failed["jsonPayload"]["jobName"] == job and failed["severity"] == "ERROR"


def test_the_requests_of_a_service_are_read(gcloud, server, world, hello):
    path = f"/{world.unique('path')}"
    hello.call(path=path)
    filter = f'resource.type="cloud_run_revision" AND httpRequest.requestUrl:"{path}"'
    shown = until(lambda: gcloud.json("logging", "read", filter, "--freshness=1h"), "the request is listed", 60)
    assert [entry["httpRequest"]["status"] for entry in shown] == [403]
    assert "not authenticated" in shown[0]["textPayload"]
    # What Cloud Run's own command asks for: labels and severity, a line each.
    lines = gcloud.done("run", "services", "logs", "read", hello.id, "--region=us-central1", "--limit=1000", "--freshness=1h")
    assert any("403" in line and path in line for line in lines.splitlines()), lines
    printed = command("logs", "--log", "run.googleapis.com/requests", "--filter", f'httpRequest.requestUrl:"{path}"', "--data", server.data)
    assert printed.returncode == 0 and printed.stdout.count("\n") == 1 and "403" in printed.stdout, printed.stderr
    assert path not in command("logs", "--data", server.data).stdout
