"""Google's generated clients, pointed at Doorward over either transport.

Over REST they know an error by its HTTP status alone, so tests for both transports expect the class of that
(`BadRequest`, not `InvalidArgument`); the name of the status is looked at where REST is called without a client.
"""

import grpc
from google.api_core.client_options import ClientOptions
from google.auth.transport.requests import Request

TRANSPORTS = ["grpc", "rest"]


class Bearer(grpc.UnaryUnaryClientInterceptor):
    """Adds the credential, which gRPC's Python refuses to put on a connection without TLS."""

    def __init__(self, token):
        self.token = token

    def intercept_unary_unary(self, continuation, details, request):
        # Asked again at every call, as google-auth would.
        token = self.token() if callable(self.token) else self.token
        metadata = [*(details.metadata or []), ("authorization", f"Bearer {token}")]
        return continuation(details._replace(metadata=metadata), request)


def client(kind, server, credentials, transport):
    """A generated client. `credentials` are google-auth's."""
    if transport == "rest":
        options = ClientOptions(api_endpoint=server.url)
        return kind(credentials=credentials, transport="rest", client_options=options)
    return over_grpc(kind, server, lambda: current(credentials))


def over_grpc(kind, server, token):
    """A generated client over gRPC without TLS, with a bearer token or a function that gives one."""
    channel = grpc.intercept_channel(grpc.insecure_channel(server.api), Bearer(token))
    return kind(transport=kind.get_transport_class("grpc")(host=server.api, channel=channel))


def current(credentials):
    """An access token that is still good."""
    if not credentials.valid:
        credentials.refresh(Request())
    return credentials.token


def message(refused):
    """What the server said, of an error that pytest caught: over REST the client puts the request in front."""
    text = refused.value.message
    is_rest = text.split(" ", 1)[0] in ("DELETE", "GET", "PATCH", "POST", "PUT")
    return text.split(": ", 1)[1] if is_rest else text
