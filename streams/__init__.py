"""The pipeline: cleaning, copies, entities, stories and alerts as stages over Kafka topics."""

__version__ = "0.1.0"
