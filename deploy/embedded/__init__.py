"""The embedded stack: Kafka and Elasticsearch in one small program from PyPI (noida-db), for trying out and tests."""

from deploy.embedded.stack import start
from deploy.stack import Stack, running, stop

__all__ = ["Stack", "running", "start", "stop"]
