"""The embedded stack: Kafka and Elasticsearch in one program from PyPI (noida-db), for trying out and for tests."""

from deploy.embedded.stack import start
from deploy.stack import Stack, running, stop

__all__ = ["Stack", "running", "start", "stop"]
