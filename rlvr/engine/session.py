"""What the stages of a run share: workers, tokenizer, tasks, rewards, the folder, and the position in all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from rlvr import registry
from rlvr.compose import Composable
from rlvr.config.schema import TrainConfig
from rlvr.engine.actors import Actors, start_actors
from rlvr.engine.data import task_streams
from rlvr.engine.evaluate import evaluate
from rlvr.engine.model import load_tokenizer, model_folder, stop_ids
from rlvr.engine.prompts import EncodedTask, encode_task
from rlvr.engine.scorers import Scorers
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import Task
from rlvr.scoring import Scorer
from rlvr.tasks import TaskList, TaskStream


@dataclass
class State:
    """Where a run is; what a checkpoint keeps besides the policy.

    Attributes:
        stage: Name of the current stage.
        stage_step: Steps done in it.
        stage_done: It has ended, perhaps before its last step.
        step: Steps done in all stages.
        positions: Tasks each stage has taken from its stream.
        evals: Results of the evaluations so far: `before`, `last`.
        seconds: Spent training, over all resumes.
    """

    stage: str = ""
    stage_step: int = 0
    stage_done: bool = False
    step: int = 0
    positions: dict[str, int] = field(default_factory=dict[str, int])
    evals: dict[str, dict[str, float]] = field(default_factory=dict[str, dict[str, float]])
    seconds: float = 0.0


class Session:
    """Made once a run, closed at its end.

    Args:
        config: Validated.
        folder: Where the run leaves what it leaves.
    """

    def __init__(self, config: TrainConfig, folder: RunFolder) -> None:
        self.config, self.folder, self.state = config, folder, State()
        self.tokenizer = load_tokenizer(model_folder(config.model))
        self.stop = stop_ids(model_folder(config.model), self.tokenizer)
        streams = task_streams(config.data, config.eval, seed=config.run.seed)
        self.tasks: TaskStream = streams.train
        # Supervised stages may have no reward at all, and then nothing to evaluate with.
        asked = [task for task in streams.held_out if config.eval.strict or task.reward or config.reward]
        self.held_out = [self.encode(task) for task in asked]
        self.scorers = Scorers(config.scoring, log=folder.verdicts_path)
        self.actors: Actors = start_actors(config)

    def encode(self, task: Task) -> EncodedTask:
        """The task with its prompt as token ids."""
        return encode_task(self.tokenizer, task, self.config.data.max_prompt_tokens)

    def take(self, stage: str, count: int) -> list[Task]:
        """The next tasks of a stage's own pass over the data."""
        position = self.state.positions.get(stage, 0)
        self.state.positions[stage] = position + count
        return self.tasks.take(position, count)

    def reward(self, task: Task) -> Composable:
        """The training reward, or that of a task which names its own."""
        return registry.get(task.reward or self.config.reward)

    def scorer(self, task: EncodedTask) -> Scorer:
        """The scorer that a training sample of `task` goes to."""
        return self.scorers.of(task.task.reward or self.config.reward)

    def identities(self) -> list[str]:
        """Identities of all rewards the run uses, those included that the tasks of a file name."""
        names = {self.config.reward, self.config.eval.strict, self.config.eval.lenient}
        names |= {task.task.reward for task in self.held_out}
        if isinstance(self.tasks.source, TaskList):
            names |= {task.reward for task in self.tasks.source.tasks}
        return sorted({registry.get(name).identity for name in names if name})

    def evaluate(self) -> dict[str, float]:
        """Scores on the held-out tasks; see `rlvr.engine.evaluate`."""
        found = evaluate(self.actors, self.tokenizer, self.stop, self.held_out, self.config, self.scorers)
        return found.summary

    def close(self) -> None:
        """Ends the workers of engine and rewards."""
        self.scorers.close()
        self.actors.close()
