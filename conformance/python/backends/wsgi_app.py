"""A WSGI application that writes down what it sees."""

import json
import os


def app(environ, start_response):
    environ["wsgi.input"].read()
    headers = [(name[5:].lower(), value) for name, value in environ.items() if name.startswith("HTTP_")]
    entry = {"method": environ["REQUEST_METHOD"], "target": environ["RAW_URI"], "headers": headers}
    # One write for one line: threads do not mix inside it.
    with open(os.environ["SEEN"], "a") as log:
        log.write(json.dumps(entry) + "\n")
    start_response("200 OK", [("Content-Length", "3")])
    return [b"ok\n"]
