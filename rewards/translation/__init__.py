"""Translation: learned and surface metrics behind gates, and instructions about a translation that a machine can verify."""
