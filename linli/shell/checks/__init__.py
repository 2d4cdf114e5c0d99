"""The house checks: `./run check`. Each check is one function that takes a `House` and returns what is wrong."""
