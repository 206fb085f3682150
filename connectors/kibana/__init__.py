"""Kibana's views of Storywatch, as data; `python -m connectors.kibana` prints the file that Kibana imports."""
