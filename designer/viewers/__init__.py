"""Viewers: pictures of what the network computes, asked of the lab and painted here. No torch."""
