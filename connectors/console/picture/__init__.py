"""Drawings in SVG. They name classes and no colours, which the style sheet has; text in them is escaped."""
