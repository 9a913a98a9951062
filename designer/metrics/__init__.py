"""What a run takes for what: the confusion matrix, its numbers by class, and reading them. Numpy and Qt only."""
