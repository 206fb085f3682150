"""Clean articles in; out: whether each was seen before, and where: the same text, a near or wire copy, an update."""
