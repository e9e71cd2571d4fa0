"""verl's trainer as a process of ours: started, followed, collected."""
