"""What `decide` keeps and makes: `rows.py` its rows, `holds.py` the alerts that wait, `compose.py` the alerts."""
