"""Kafka at the edges: making topics, sending arrivals, reading topics for people, shared facts for workers."""
