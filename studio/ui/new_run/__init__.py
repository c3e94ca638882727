"""The page on which a run is set up: a form generated from the recipe, its problems, its plan."""
