"""The embedded stack: Kafka and Elasticsearch in one small program from PyPI (noida-db), for trying out and tests."""

from deploy.embedded.stack import Stack, running, start, stop

__all__ = ["Stack", "running", "start", "stop"]
