"""Stories, articles, alerts and names as programs and pages get them: typed, and of one shape everywhere."""
