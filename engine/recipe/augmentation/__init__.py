"""What is done to images before they are learned from: one file per augmentation, found like the optimisers.

A file declares what it draws for each image of a batch, as numbers; what becomes of pixels by them is
the same for all that speak the language of `change`, and lies in `engine.training.augment`. No torch.
"""
