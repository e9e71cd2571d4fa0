"""Tasks from the rows of published data sets."""
