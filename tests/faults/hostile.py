"""Names of arrivals that go wrong on purpose, by how their origin begins; the worker under test knows them by these.

``site/sitecustomize.py`` makes the pool hang and die on them, `tests.faults.proxy` refuses the last as Elasticsearch
does when a document does not fit its mapping.
"""

HANGS = "hangs-"
KILLS = "kills-"
REFUSED = "refused-"
