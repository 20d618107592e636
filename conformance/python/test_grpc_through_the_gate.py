"""gRPC through the gate, with Google's own implementation at both ends."""

import queue
import threading
from concurrent import futures

import grpc
import pytest


class Kitchen(grpc.GenericRpcHandler):
    """A gRPC service whose messages are bytes. It writes down what it is sent in front of them."""

    def __init__(self):
        self.calls = []
        self.left = []

    def service(self, details):
        self.calls.append((details.method, dict(details.invocation_metadata)))
        return {
            "/bakery.Kitchen/Bake": grpc.unary_unary_rpc_method_handler(self.bake),
            "/bakery.Kitchen/Burn": grpc.unary_unary_rpc_method_handler(self.burn),
            "/bakery.Kitchen/Rest": grpc.unary_unary_rpc_method_handler(self.rest),
            "/bakery.Kitchen/Talk": grpc.stream_stream_rpc_method_handler(self.talk),
        }.get(details.method)

    def bake(self, message, context):
        context.set_trailing_metadata((("x-cook", "grace"), ("x-doorward-reason", "FORGED")))
        return message

    def burn(self, message, context):
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"no {message.decode()}")

    def rest(self, message, context):
        """Until the caller has gone."""
        self.left.append(context.time_remaining())
        gone = threading.Event()
        context.add_callback(gone.set)
        gone.wait(20)
        return message

    def talk(self, messages, context):
        for message in messages:
            yield message.upper()


@pytest.fixture
def kitchen():
    handler = Kitchen()
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=(handler,))
    handler.url = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield handler
    server.stop(None)


@pytest.fixture
def service(world, kitchen):
    container = {"image": kitchen.url, "ports": [{"name": "h2c", "containerPort": 8080}]}
    return world.service(kitchen.url, "kitchen", template={"containers": [container]})


@pytest.fixture
def call(world, service, account):
    """Calls a method with a token for the service, or with the credential that is given."""
    service.let_in(account.member)
    token = account.id_token(service.uri)
    options = [("grpc.default_authority", service.host)]
    with grpc.insecure_channel(world.server.gate, options=options) as channel:

        def call(method, message, kind="unary_unary", credential=f"Bearer {token}", **more):
            metadata = (("authorization", credential),) if credential else ()
            return getattr(channel, kind)(f"/bakery.Kitchen/{method}")(message, metadata=metadata, timeout=10, **more)

        call.with_call = lambda method, message: channel.unary_unary(f"/bakery.Kitchen/{method}").with_call(
            message, metadata=(("authorization", f"Bearer {token}"),), timeout=10,
        )
        call.channel, call.token = channel, token
        yield call


def test_a_call_brings_back_its_answer_and_what_stands_behind_it(call, kitchen):
    answer, told = call.with_call("Bake", b"bread" * 100_000)
    assert answer == b"bread" * 100_000
    trailing = dict(told.trailing_metadata())
    assert trailing["x-cook"] == "grace" and "x-doorward-reason" not in trailing
    assert len(dict(told.initial_metadata())["x-doorward-request-id"]) == 32
    (_, metadata), = kitchen.calls
    assert metadata["authorization"].endswith("SIGNATURE_REMOVED_BY_GOOGLE")
    assert metadata["x-forwarded-for"] == "127.0.0.1"


def test_a_refusal_of_the_service_is_the_services_own(call):
    with pytest.raises(grpc.RpcError) as raised:
        call("Burn", b"flour")
    assert (raised.value.code(), raised.value.details()) == (grpc.StatusCode.FAILED_PRECONDITION, "no flour")


def test_messages_go_both_ways_one_by_one(call):
    said = queue.Queue()
    answers = call("Talk", iter(said.get, None), kind="stream_stream")
    for word in [b"bread", b"rolls", b"cakes"]:
        said.put(word)
        assert next(answers) == word.upper()
    said.put(None)
    assert list(answers) == []
    assert answers.code() == grpc.StatusCode.OK


def test_the_callers_deadline_reaches_the_service(call, kitchen):
    with pytest.raises(grpc.RpcError) as raised:
        call.channel.unary_unary("/bakery.Kitchen/Rest")(
            b"dough", metadata=(("authorization", f"Bearer {call.token}"),), timeout=1,
        )
    assert raised.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert [method for method, _ in kitchen.calls] == ["/bakery.Kitchen/Rest"]
    (left,) = kitchen.left
    assert 0 < left <= 1


@pytest.mark.parametrize(
    ("credential", "code", "reason", "text"),
    [
        (None, grpc.StatusCode.PERMISSION_DENIED, "INVOKER_CREDENTIALS_MISSING", "doorward token identity"),
        ("Bearer nonsense", grpc.StatusCode.UNAUTHENTICATED, "INVOKER_TOKEN_INVALID", "not an ID token"),
        ("a stranger's", grpc.StatusCode.PERMISSION_DENIED, "INVOKER_PERMISSION_DENIED", "add-iam-policy-binding"),
        ("for another audience", grpc.StatusCode.UNAUTHENTICATED, "INVOKER_TOKEN_AUDIENCE_MISMATCH", "another audience"),
    ],
)
def test_who_may_not_call_is_told_so_in_grpc(world, service, call, kitchen, credential, code, reason, text):
    """A client of gRPC shows nothing of an answer that is not gRPC's but a code that it makes of the HTTP status."""
    stranger = world.account("stranger")
    made = {"a stranger's": service.uri, "for another audience": "https://elsewhere.example"}
    if credential in made:
        credential = f"Bearer {stranger.id_token(made[credential])}"
    for kind, message in (("unary_unary", b"bread"), ("stream_stream", iter([b"bread"]))):
        with pytest.raises(grpc.RpcError) as raised:
            answer = call("Bake" if kind == "unary_unary" else "Talk", message, kind=kind, credential=credential)
            next(answer)
        assert raised.value.code() == code and text in raised.value.details(), raised.value
        trailing = dict(raised.value.trailing_metadata())
        assert trailing["x-doorward-reason"] == reason and len(trailing["x-doorward-request-id"]) == 32
    assert kitchen.calls == []


def test_a_host_of_no_service_is_told_in_grpc(world):
    options = [("grpc.default_authority", "nobody-1.us-central1.run.app")]
    with grpc.insecure_channel(world.server.gate, options=options) as channel, pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/bakery.Kitchen/Bake")(b"bread", timeout=10)
    assert raised.value.code() == grpc.StatusCode.NOT_FOUND
    assert dict(raised.value.trailing_metadata())["x-doorward-reason"] == "ROUTE_NOT_FOUND"
