"""The packaged configuration: YAML that Hydra composes over `rlvr.config.schema`."""
