"""What a run leaves behind, and how a person looks at it.

    runs/miniature-20260314-153000/
      config.yaml               the configuration as composed
      provenance.json           versions, machine, command, seed, reward identities   provenance.py
      metrics.jsonl             a line each step                                      metrics.py
      tensorboard/              the same numbers as events                            metrics.py
      rollouts/step-000010.parquet  a row each sample                                 rollout_rows.py
      checkpoints/
      report.html               all of it on one page                                 report.py

`run_folder.py` knows these names. `groups.py` turns the verdicts of a step into numbers, `progress.py` shows them while
the run goes on and `summary.py` at its end. Nothing here needs torch, except TensorBoard's writer at its first event.
"""
