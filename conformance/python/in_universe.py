"""Run by `test_universe.py` in a process of its own: Google's libraries with nothing set but the universe.

Arguments: the key file, the URL of a service. Prints what was found as JSON.
"""

import faulthandler
import json
import sys

import requests
from google.api_core.client_options import ClientOptions
from google.auth.transport.requests import Request
from google.cloud import run_v2, scheduler_v1
from google.oauth2 import id_token, service_account

KEY, SERVICE = sys.argv[1:]
# Whoever waits for ever says where.
faulthandler.dump_traceback_later(90, exit=True)
PARENT = "projects/demo/locations/us-central1"
CLOUD_PLATFORM = "https://www.googleapis.com/auth/cloud-platform"


def listed(kind, method, transport, scopes):
    credentials = service_account.Credentials.from_service_account_file(KEY, scopes=scopes)
    options = ClientOptions(universe_domain=credentials.universe_domain)
    client = kind(credentials=credentials, transport=transport, client_options=options)
    names = [item.name.rsplit("/", 1)[1] for item in getattr(client, method)(parent=PARENT)]
    return [client.api_endpoint, names]


found = {}
for transport in ("grpc", "rest"):
    for name, scopes in (("audience", None), ("scope", [CLOUD_PLATFORM])):
        found[f"jobs {transport} {name}"] = listed(scheduler_v1.CloudSchedulerClient, "list_jobs", transport, scopes)
        found[f"services {transport} {name}"] = listed(run_v2.ServicesClient, "list_services", transport, scopes)
identity = service_account.IDTokenCredentials.from_service_account_file(KEY, target_audience=SERVICE)
identity.refresh(Request())
universe = identity.universe_domain
certificates = f"https://www.{universe}/oauth2/v1/certs"
claims = id_token.verify_token(identity.token, Request(), audience=SERVICE, certs_url=certificates)
found["claims"] = claims
found["called"] = requests.get(SERVICE, headers={"Authorization": f"Bearer {identity.token}"}, timeout=20).status_code
found["anonymous"] = requests.get(SERVICE, timeout=20).status_code
found["discovery"] = requests.get(f"https://accounts.{universe}/.well-known/openid-configuration", timeout=20).json()
print(json.dumps(found))
