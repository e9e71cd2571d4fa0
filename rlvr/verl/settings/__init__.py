"""Our configuration in verl's words, and what verl would take and then do otherwise."""
