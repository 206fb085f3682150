"""Erases an article from rows, documents and queues, and records that it was done."""
