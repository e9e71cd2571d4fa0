"""Reading numbers: as a locale writes them, as words, and exactly as mathematics writes them."""
