"""Tokens -> numbers of features, by which the rows of the weights are found."""
