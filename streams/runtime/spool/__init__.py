"""What cannot be sent while Kafka is away: messages on disk, in order, until they are sent."""
