"""`GET /v1/events`: what happens, as Server-Sent Events, from one reader of the log for all clients."""
