"""Names by a linear-chain CRF on hashed features, in two passes, with whole numbers only.

The method is that of Lafferty et al. (2001) with the features of Ratinov and Roth (2009): the second pass sees the
labels that the first gave to the other mentions of a word in the document.
"""

from streams.entities.crf.tagger import CrfTagger, load, load_neutral, use

__all__ = ["CrfTagger", "load", "load_neutral", "use"]
