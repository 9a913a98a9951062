"""From a network to the PyTorch source a good engineer would have written. No torch is imported here."""
