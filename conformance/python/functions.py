"""Functions, made through the public API as the local owner would make them."""

import requests

from world import PARENT, PROJECT, REGION

HOST = f"{REGION}-{PROJECT}.cloudfunctions.net"


class Function:
    """A private function."""

    def __init__(self, world, answer, path):
        self.world = world
        self.name = answer["name"]
        self.id = self.name.rsplit("/", 1)[1]
        self.path = path
        self.url = f"https://{HOST}/{self.id}"

    def let_in(self, *members):
        """Binds the role that invokes functions of the first generation, on the function."""
        self.world.bind(f"/v1/{self.name}", "roles/cloudfunctions.invoker", *members, read="GET")

    def call(self, token=None, path="", method="GET", **options):
        """Calls it through the gate, by its name."""
        headers = {"Host": HOST, **options.pop("headers", {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return requests.request(
            method, f"http://{self.world.server.gate}/{self.id}{path}", headers=headers, timeout=20,
            allow_redirects=False, **options,
        )

    def delete(self):
        self.world.wait(self.world.done("DELETE", self.path))


def first(world, image, **more):
    """One of the first generation, over v1."""
    name = f"{PARENT}/functions/{world.unique('greet')}"
    body = {"name": name, "runtime": "nodejs24", "buildEnvironmentVariables": {"DOORWARD_IMAGE": image}, "httpsTrigger": {}, **more}
    world.wait(world.done("POST", f"/v1/{PARENT}/functions", json=body))
    return Function(world, world.done("GET", f"/v1/{name}"), f"/v1/{name}")


def second(world, image, **more):
    """One of the second generation, over v2."""
    function_id = world.unique("shop")
    body = {"buildConfig": {"runtime": "nodejs24", "environmentVariables": {"DOORWARD_IMAGE": image}}, **more}
    world.wait(world.done("POST", f"/v2/{PARENT}/functions?functionId={function_id}", json=body))
    name = f"{PARENT}/functions/{function_id}"
    return Function(world, world.done("GET", f"/v2/{name}"), f"/v2/{name}")
