"""How languages write dates, sums of money, measures, and what CLDR says of a locale."""
