"""What Kibana shows of Storywatch, as data; `python -m deploy.kibana` makes the file that Kibana imports."""
