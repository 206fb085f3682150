"""The delivery queues of receivers: `rows.py` what is stored, `attempts.py` what runs in this process, `limits.py` what
a receiver takes, `receiver_states.py` which are off or paused, `order.py` what is due, `queues.py` the alerts.
"""
