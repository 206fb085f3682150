"""Kafka for commands and shared facts: creating topics, sending, reading, checking access."""
