"""Articles that programs send in: the body of a request, its articles, and when they may enter the pipeline."""
