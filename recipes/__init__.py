"""The stages of training: what a step of each does. `conf/` holds the recipes that configure them."""
