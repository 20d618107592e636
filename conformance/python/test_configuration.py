"""What can be set, and what wins: what is typed over the variable, the variable over the file."""

import re

import pytest
import requests

from server import Server, command, until
from test_commands import failed
from world import REGION, World


def flags():
    """The program's own list of the flags of `up`, with their variables."""
    text = command("up", "--help").stdout
    options = re.split(r"^ +(?:-\w, )?--", text.split("Options:")[1], flags=re.MULTILINE)[1:]
    named = {option.split()[0].split("[")[0].rstrip("="): re.search(r"\[env:\s+(\w+)=", option) for option in options}
    assert {"data", "api", "gate"} <= set(named), named
    return {name: variable and variable[1] for name, variable in named.items() if name not in ("help", "version")}


def key(flag, value):
    """The line of the configuration file that says the same as a flag."""
    name = flag.replace("-", "_")
    text = f'"{value}"' if not isinstance(value, bool) else str(value).lower()
    return f"[dangerous]\n{name.removeprefix('dangerous_')} = {text}" if name.startswith("dangerous_") else f"{name} = {text}"


class Configured(Server):
    """A server that is told everything by the test, whichever way."""

    def always(self):
        return []


# For every flag, what is said in the file, in the variable and on the command line, and how it is seen what counted.
SAID = {
    "data": ("{tmp}/file", "{tmp}/variable", "{tmp}/typed"),
    "api": ("127.0.1.1:0", "127.0.2.1:0", "127.0.3.1:0"),
    # The demonstration calls the gate under the names of this machine, which lead to 127.0.0.1.
    "gate": ("127.0.1.2:0", "127.0.0.1:0", "127.0.3.2:0"),
    "intercept": ("127.0.1.3:0", "off", "127.0.3.3:0"),
    "project": ("said-in-file", "said-in-variable", "said-by-typing"),
    "demo": (False, True, False),
    "dangerous-anonymous-owner": (True, False, True),
}
SEEN = {
    "data": lambda server: str(server.data) if (server.data / "doorward.db").exists() else None,
    "api": lambda server: server.api.rsplit(":", 1)[0] + ":0",
    "gate": lambda server: server.gate.rsplit(":", 1)[0] + ":0",
    "intercept": lambda server: server.intercept.rsplit(":", 1)[0] + ":0" if "intercept" in server.addresses else "off",
    "project": lambda server: server.addresses["project"],
    "demo": lambda server: has_demo(server),
    "dangerous-anonymous-owner": lambda server: is_open(server),
}


def has_demo(server):
    token = command("token", "access", "--data", server.data).stdout.strip()
    path = f"/v1/projects/{server.addresses['project']}/locations/{REGION}/jobs/oidctest"
    answer = requests.get(server.url + path, headers={"Authorization": f"Bearer {token}"}, timeout=20)
    assert answer.status_code in (200, 404), answer.text
    return answer.status_code == 200


def is_open(server):
    status = requests.get(f"{server.url}/v1/projects/{server.addresses['project']}", timeout=20).status_code
    assert status in (200, 401)
    return status == 200


def test_every_flag_is_tried_here_and_has_a_variable():
    found = flags()
    assert set(found) == {*SAID, "config"}, "a flag of `up` is missing in SAID and SEEN, or is no flag any more"
    for name, variable in found.items():
        assert variable == "DOORWARD_" + name.replace("-", "_").upper()


def test_every_flag_is_a_key_of_the_file(tmp_path):
    path = tmp_path / "doorward.toml"
    path.write_text("colour = 1\n")
    top = failed(command("up", "--config", path, "--data", tmp_path / "data")).stderr
    path.write_text("[dangerous]\ncolour = 1\n")
    dangerous = failed(command("up", "--config", path, "--data", tmp_path / "data")).stderr
    for name in set(flags()) - {"config"}:
        known = dangerous if name.startswith("dangerous-") else top
        assert f"`{name.replace('-', '_').removeprefix('dangerous_')}`" in known


@pytest.mark.parametrize("level", [0, 1, 2], ids=["file", "variable", "typed"])
def test_what_is_typed_wins_over_the_variable_and_that_over_the_file(tmp_path, level):
    said = {name: [str(value).format(tmp=tmp_path) if isinstance(value, str) else value for value in values] for name, values in SAID.items()}
    path = tmp_path / "doorward.toml"
    # Tables stand after what is in none.
    lines = sorted((key(name, values[0]) for name, values in said.items()), key=lambda line: line.startswith("["))
    path.write_text("\n".join(lines) + "\n")
    variables, typed = {"DOORWARD_CONFIG": path}, []
    if level >= 1:
        variables |= {variable: said[name][1] for name, variable in flags().items() if name in said}
    if level >= 2:
        variables["DOORWARD_CONFIG"] = tmp_path / "nowhere.toml"
        typed = [f"--{name}={values[2]}" for name, values in said.items()]
        typed.append(f"--config={path}")
    server = Configured(said["data"][level], *typed, variables=variables)
    try:
        server.start()
        for name, values in said.items():
            assert SEEN[name](server) == values[level], name
        assert server.interrupt() == 0
    finally:
        server.end()


def test_a_switch_can_be_typed_off(tmp_path):
    with Server(tmp_path / "data", "--demo=false", variables={"DOORWARD_DEMO": "true"}) as server:
        assert not has_demo(server)
        assert server.interrupt() == 0


def test_a_variable_that_cannot_be_read_is_named(tmp_path):
    arguments = ["up", "--data", tmp_path / "data"]
    answer = command(*arguments, variables={"DOORWARD_API": "nowhere"})
    failed(answer, "nowhere", "DOORWARD_API", "hint:")
    answer = command(*arguments, variables={"DOORWARD_DEMO": "perhaps"})
    assert answer.returncode == 2 and "perhaps" in answer.stderr and "--demo" in answer.stderr
    assert not (tmp_path / "data").exists()


def test_the_demo_is_there_when_health_is_told(tmp_path):
    with Server(tmp_path / "data", "--demo") as server:
        assert has_demo(server)
        world = World(server)
        hello = world.done("GET", f"/v2/projects/demo/locations/{REGION}/services/hello")
        until(lambda: "What just happened" in server.output(), "the demonstration is shown")
        assert hello["uri"] in server.output()
        assert server.interrupt() == 0
