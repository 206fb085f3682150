"""What routes that only read share: threads, answers that are kept for a second, entity tags, parameters."""
