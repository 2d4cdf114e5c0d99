"""Places: the tree from district to dwelling, gates, grids, plates, and the history of names and codes."""
