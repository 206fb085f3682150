"""The console: pages of `storywatch serve` for people, made on the server from what Elasticsearch and Kafka hold."""
