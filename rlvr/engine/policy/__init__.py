"""The policy: its model, sharding, adapters, checkpoint and export."""
