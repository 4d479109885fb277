"""Hyperparameter search with Ray Tune over the training of `train`."""
