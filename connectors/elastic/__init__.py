"""Elasticsearch: the documents and their mapping; `write` stores them, `read` finds them, `admin` maintains them."""
