"""The inspector: forms derived from declared fields, and everything known about what is selected."""
