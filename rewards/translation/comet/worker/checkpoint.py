"""COMET checkpoints: `<folder>/hparams.yaml` beside `<folder>/checkpoints/model.ckpt`, in a folder or on the hub."""

from __future__ import annotations

import inspect
import pickle
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import torch

from rlvr.rewards.translation.comet.worker.devices import Batches, device_of, precision_of
from rlvr.rewards.translation.comet.worker.hub import fetched
from rlvr.rewards.translation.comet.worker.joint import Joint
from rlvr.rewards.translation.comet.worker.kinds import LoadError, Metric
from rlvr.rewards.translation.comet.worker.pooled import Pooled

_JOINT: Final = ("unified_metric", "xcomet_metric")
_CLASSES: Final = ("regression_metric", "referenceless_regression_metric", "ranking_metric", *_JOINT)


def load_comet(name: str, device: str, precision: str, tokens: int, *, trusted: bool) -> Metric:
    """A COMET model, ready to score.

    The weights are those of `comet.load_from_checkpoint`. Other than there a parameter that the checkpoint lacks is an
    error, and the pickle may hold nothing but tensors and plain data.

    Raises:
        LoadError: See `rlvr.rewards.translation.comet.worker.loading.load`.
    """
    file = located(name)
    where = device_of(device)
    form = precision_of(precision, where, torch.float16)
    kind = _class_of(file)
    model = _model(file, kind, trusted=trusted)
    # The encoder is nearly all of the work; what is computed of it stays in full precision.
    model.encoder.to(form)
    if form is not torch.float32:
        _widen(model.encoder)
    model.to(where).eval()
    return (Joint if kind["class_identifier"] in _JOINT else Pooled)(model, where, form, Batches(tokens, where))


def located(name: str) -> Path:
    """The checkpoint's file: of a folder, as it is, or fetched from the hub (`wmt22-comet-da` is `Unbabel/...`).

    Raises:
        LoadError: It is not there.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return path
    if not path.is_dir():
        if path.is_absolute() or name.startswith((".", "~")) or path.suffix == ".ckpt":
            raise LoadError(f"There is no checkpoint at {path}.", "Name a folder, a model.ckpt or a name on the hub.")
        path = fetched(name if "/" in name else f"Unbabel/{name}")
    file = path / "checkpoints" / "model.ckpt"
    if not file.is_file():
        raise LoadError(
            f"{path} has no checkpoints/model.ckpt.",
            "A COMET checkpoint is <folder>/hparams.yaml beside <folder>/checkpoints/model.ckpt.",
        )
    return file


def _class_of(file: Path) -> dict[str, Any]:
    import yaml

    beside = file.parents[1] / "hparams.yaml"
    try:
        settings: Any = yaml.safe_load(beside.read_text())
    except OSError:
        raise LoadError(f"{beside} is missing.", "It says which class of COMET model the checkpoint is.") from None
    except yaml.YAMLError as error:
        raise LoadError(f"{beside} is no YAML of plain data: {error}") from None
    settings = cast("dict[str, Any]", settings if isinstance(settings, dict) else {})
    named = settings.get("class_identifier")
    if named not in _CLASSES:
        raise LoadError(
            f"{beside} says class_identifier: {named}, which unbabel-comet does not know.",
            f"It knows {', '.join(_CLASSES)}.",
        )
    return settings


def _model(file: Path, settings: dict[str, Any], *, trusted: bool) -> Any:
    content = _read(file, trusted=trusted)
    made_of = import_module("comet.models").str2model[settings["class_identifier"]]
    accepted = inspect.signature(made_of.__init__).parameters
    given = {name: value for name, value in content.get("hyper_parameters", {}).items() if name in accepted}
    given["load_pretrained_weights"] = False
    if settings.get("layer_transformation") == "sparsemax_patch":  # as comet.load_from_checkpoint has it
        given["layer_transformation"] = "softmax"
    backbone = given.get("pretrained_model") or accepted["pretrained_model"].default
    try:
        model = made_of(**given)
    except OSError as error:
        first = str(error).strip().splitlines()[0]
        raise LoadError(
            f"The configuration and tokenizer of its backbone, {backbone}, cannot be loaded: {first}",
            f"With network: huggingface-cli download {backbone} (HF_HUB_OFFLINE must not be 1). Without: copy that "
            "folder of another machine's Hugging Face cache to HF_HOME here.",
        ) from None
    absent = set(model.load_state_dict(content["state_dict"], strict=False).missing_keys)
    lacking = sorted(absent & {name for name, _ in model.named_parameters()})
    if lacking:
        raise LoadError(
            f"{file} lacks {len(lacking)} parameters of a {settings['class_identifier']}, {lacking[0]} for one.",
            "It is incomplete, or belongs to another hparams.yaml.",
        )
    return model


def _read(file: Path, *, trusted: bool) -> dict[str, Any]:
    try:
        content: Any = torch.load(file, map_location="cpu", weights_only=not trusted, mmap=zipfile.is_zipfile(file))
    except pickle.UnpicklingError as error:
        first = next((line for line in str(error).splitlines() if "GLOBAL" in line), str(error).splitlines()[0])
        raise LoadError(
            f"{file} is damaged, or its pickle holds more than tensors and plain data: {first.strip()}",
            "Such a file can run code when it is opened. If you trust whoever made it: RLVR_METRIC_UNPICKLE=1.",
        ) from None
    except (RuntimeError, EOFError, OSError) as error:
        raise LoadError(f"{file} cannot be read: {error}", "It is damaged; fetch it again.") from None
    if not isinstance(content, dict) or "state_dict" not in content:
        raise LoadError(f"{file} is no checkpoint of PyTorch Lightning: it has no state_dict.")
    return cast("dict[str, Any]", content)


def _widen(encoder: Any) -> None:
    """What is computed from an encoder in half precision is computed in full precision."""
    narrow = encoder.forward

    def forward(*arguments: Any, **named: Any) -> dict[str, Any]:
        found = narrow(*arguments, **named)
        return found | {
            "sentemb": found["sentemb"].float(),
            "wordemb": found["wordemb"].float(),
            "all_layers": tuple(layer.float() for layer in found["all_layers"]),
        }

    encoder.forward = forward
