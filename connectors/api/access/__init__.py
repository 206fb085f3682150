"""API keys: making and checking them, what they allow, and how many requests they may send."""
