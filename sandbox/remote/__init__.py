"""The sandbox elsewhere: as a service, at a service, on the machines of a Ray cluster."""
