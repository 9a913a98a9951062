"""How sure is the network of each class?"""

from __future__ import annotations

import torch
from torch import Tensor


def probabilities(result: Tensor) -> Tensor:
    """Probabilities (n, classes), float32, from a network's result (n, ...).

    A result that is a distribution already (after Softmax), or the logarithm of one (LogSoftmax),
    is taken as such; a single score as the logit of the second of two classes; everything else as the
    logits of a softmax.
    """
    scores = result.flatten(1).to(torch.float32)
    if scores.shape[1] == 1:
        return torch.cat([torch.sigmoid(-scores), torch.sigmoid(scores)], 1)
    ones = torch.ones(())
    if (scores >= 0).all() and torch.allclose(scores.sum(1), ones, atol=1e-4):
        return scores
    if (scores <= 0).all() and torch.allclose(scores.exp().sum(1), ones, atol=1e-4):
        return scores.exp()
    return torch.softmax(scores, 1)
