"""The checks of `mt.follow`, a module for each subject; importing one puts its checks into the catalogue."""
