"""Folders on the Hugging Face hub, and what to do where they cannot be had."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from rlvr.rewards.translation.comet.worker.kinds import LoadError


def fetched(repository: str) -> Path:
    """The folder of a repository, from the cache where it is there, else from the hub.

    Raises:
        LoadError: It is neither here nor to be had; why, and what to do.
    """
    hub, errors = import_module("huggingface_hub"), import_module("huggingface_hub.errors")
    page = f"https://huggingface.co/{repository}"
    try:
        return Path(hub.snapshot_download(repository))
    except errors.GatedRepoError:
        raise LoadError(
            f"{repository} is given only to who accepts its licence.",
            f"Accept it at {page}, then run `hf auth login` or set HF_TOKEN.",
        ) from None
    except errors.RepositoryNotFoundError:
        raise LoadError(
            f"The hub has no {repository}, or does not show it without HF_TOKEN.", "Check its name; a folder works too."
        ) from None
    except (OSError, ValueError) as error:
        # Offline, no network, or a name the hub cannot have.
        first = str(error).strip().splitlines()[0]
        raise LoadError(
            f"{repository} is not in the cache here, and the hub cannot be asked: {first}",
            f"With network: huggingface-cli download {repository} (HF_HUB_OFFLINE must not be 1). Without: name the "
            "folder of a copy.",
        ) from None
