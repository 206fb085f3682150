"""An article in; nothing of it left in rows, documents and queues, and a record that it was done, out."""
