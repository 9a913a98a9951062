"""Readers of the file formats in which images and labels come; numpy only, every fault a `DataError`."""
