"""A dataset as people look at it: its images, classes, values and doubles. The lab reads; nothing is read here."""
