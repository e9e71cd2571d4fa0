"""Jobs for a cluster: `slurm.sh` for Slurm, `rayjob.yaml` for Kubernetes. docs/cluster.md."""
