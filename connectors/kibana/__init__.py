"""What Kibana shows of Storywatch, as data; `python -m connectors.kibana` makes the file that Kibana imports."""
