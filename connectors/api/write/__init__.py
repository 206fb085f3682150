"""What routes that change something share."""
