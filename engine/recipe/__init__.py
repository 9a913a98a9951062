"""How a network is trained, as declarations: the recipe and one file per optimiser. No torch here."""
