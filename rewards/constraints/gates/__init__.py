"""Gates: what earns nothing, whatever constraints it happens to meet."""
