"""The real stack: Apache Kafka and Elasticsearch, one node each, fetched by Maven, without Docker."""

from deploy.real.stack import kill_service, start, start_service, stop_service
from deploy.stack import Stack, running, stop

__all__ = ["Stack", "kill_service", "running", "start", "start_service", "stop", "stop_service"]
