"""What comet's own `predict()` says; run by the metrics' interpreter: predict.py < {name: [checkpoint, rows]}."""

import json
import sys

from comet import load_from_checkpoint


def predict(checkpoint, rows):
    model = load_from_checkpoint(f"{checkpoint}/checkpoints/model.ckpt", local_files_only=True)
    found = model.predict(rows, batch_size=16, gpus=0, progress_bar=False)
    metadata = dict(found["metadata"]) if "metadata" in found else {}
    return {"scores": found["scores"], "spans": metadata.get("error_spans")}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    sys.stdout.write(json.dumps({name: predict(*given) for name, given in asked.items()}) + "\n")
