"""The window: Qt and nothing heavier. torch is never imported here, not even indirectly."""
