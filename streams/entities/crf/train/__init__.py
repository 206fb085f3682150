"""Learns the weights of a language from labelled documents (`make train ONLY=entities LANG=de`)."""
