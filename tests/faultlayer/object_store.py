"""An object store for trials: moto's server in a process of its own, on this machine only."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

BUCKET = "releases"
_SERVER = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), flush=True)
sys.stdin.read()
"""


@contextmanager
def object_store() -> Iterator[Mapping[str, str]]:
    """A running store with one empty bucket; yields the environment in which ``s3fs`` finds it."""
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout and server.stdin
    try:
        host, port = server.stdout.readline().split()
        found = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "trial",
            "AWS_SECRET_ACCESS_KEY": "trial",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        with environment(found):
            client().create_bucket(Bucket=BUCKET)
            yield found
    finally:
        server.stdin.close()
        server.wait(timeout=30)
        server.stdout.close()


def client() -> Any:
    """A plain client of the store in the environment."""
    import boto3

    return boto3.client("s3")


def copy(source: str, target: str) -> None:
    """Copy every object below one prefix of the bucket to another."""
    found = client()
    listed = found.list_objects_v2(Bucket=BUCKET, Prefix=f"{source}/").get("Contents", [])
    for each in listed:
        key = target + each["Key"].removeprefix(source)
        found.copy_object(Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": each["Key"]})


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """The process's environment with these values."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
