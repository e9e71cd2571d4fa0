"""What the stages of a run share: workers, tokenizer, tasks, rewards, the folder, and the position in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rlvr import registry
from rlvr.compose import Composable
from rlvr.config.schema import TrainConfig
from rlvr.config.task_sources import task_settings
from rlvr.data.source import read_sources
from rlvr.engine.policy.model import load_tokenizer, model_folder, stop_ids
from rlvr.engine.rollout.chat import Encoded
from rlvr.engine.rollout.episode import encode_example
from rlvr.engine.rollout.prompts import EncodedTask, encode_task
from rlvr.engine.run.actors import Actors, start_actors
from rlvr.engine.run.data import task_streams
from rlvr.engine.run.evaluate import evaluate
from rlvr.engine.run.scorers import Scorers
from rlvr.engine.update.corpus import Corpus, HeldOut
from rlvr.engine.update.texts import TextBatch
from rlvr.engine.watch.canaries import Canaries
from rlvr.errors import DataError, EngineError
from rlvr.observe.run_folder import RunFolder
from rlvr.sample import Task
from rlvr.scoring import Scorer
from rlvr.tasks import TaskList
from rlvr.tasks.mixture import Drawn, TaskMixture


@dataclass
class State:
    """Where a run is; what a checkpoint keeps besides the policy.

    Attributes:
        stage: Name of the current stage.
        stage_step: Steps done in it.
        stage_done: It has ended, perhaps before its last step.
        step: Steps done in all stages.
        positions: Where each stage is in each source of tasks; see `rlvr.tasks.mixture.Place`.
        corpora: Where each stage is in the mixture.
        best: Step and value of the lowest held-out loss of the current stage, and the name of its checkpoint.
        evals: Results of the evaluations so far: `before`, `last`.
        seconds: Spent training, over all resumes.
    """

    stage: str = ""
    stage_step: int = 0
    stage_done: bool = False
    step: int = 0
    positions: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    corpora: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    best: dict[str, Any] = field(default_factory=dict[str, Any])
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
        self._streams = streams
        self._mixtures: dict[str, TaskMixture] = {}
        self._held_out_tasks = [drawn.task for drawn in streams.held_out]
        self._corpora: dict[str, Corpus] = {}
        self._held_out_texts: dict[str, list[HeldOut]] = {}
        # Supervised stages may have no reward at all, and then nothing to evaluate with.
        judged = config.eval.strict or config.reward
        self.held_out = [
            # The tasks of a file of their own are nobody's conversation.
            self.encode(drawn.task) if config.eval.tasks else self._encoded(drawn)
            for drawn in streams.held_out
            if judged or drawn.task.reward
        ]
        self.scorers = Scorers(config.scoring, log=folder.verdicts_path)
        self.canaries = Canaries(config, streams, folder, self.scorers)
        self.actors: Actors = start_actors(config)
        try:
            self.actors.check_folder(folder.path)
        except EngineError:
            self.actors.close()
            raise

    def encode(self, task: Task) -> EncodedTask:
        """The task with its prompt as token ids."""
        return encode_task(self.tokenizer, task, self.config.data.max_prompt_tokens)

    def take(self, stage: str, count: int) -> list[Task]:
        """The next tasks of a stage's own pass over the sources."""
        return [drawn.task for drawn in self._drawn(stage, count)]

    def draw(self, stage: str, count: int) -> list[EncodedTask]:
        """The next tasks of a stage, with their prompts as token ids and what is known of their source."""
        return [self._encoded(drawn) for drawn in self._drawn(stage, count)]

    def redraw(self, stage: str, replaced: Sequence[EncodedTask]) -> list[EncodedTask]:
        """Further tasks, each of the same source as the one that it replaces."""
        mixture = self._mixture(stage)
        drawn = mixture.redraw([task.source for task in replaced])
        self.state.positions[stage] = mixture.state()
        return [self._encoded(one) for one in drawn]

    def note(self, stage: str, task: EncodedTask, rate: float) -> None:
        """Remembers for the curriculum how a task went, as a share of its reward's range."""
        self._mixture(stage).note(Drawn(task.task, task.source, task.index), rate)

    def _drawn(self, stage: str, count: int) -> list[Drawn]:
        mixture = self._mixture(stage)
        drawn = mixture.draw(count)
        self.state.positions[stage] = mixture.state()
        return drawn

    def _mixture(self, stage: str) -> TaskMixture:
        if stage not in self._mixtures:
            data, streams = self.config.data, self._streams
            if not streams.train:
                raise DataError("There are no tasks to take from.", hint="Set data.tasks, data.env or data.sources.")
            self._mixtures[stage] = TaskMixture(
                streams.train,
                streams.weights,
                seed=self.config.run.seed,
                curriculum=data.curriculum,
                state=self.state.positions.get(stage),
            )
        return self._mixtures[stage]

    def _encoded(self, drawn: Drawn) -> EncodedTask:
        env = self._streams.environments.get(drawn.source)
        return replace(self.encode(drawn.task), source=drawn.source, index=drawn.index, env=env)

    def demonstrations(self, stage: str, count: int) -> list[Encoded]:
        """The next tasks of a stage, with their demonstrations as token ids."""
        return [self._demonstration(drawn) for drawn in self._drawn(stage, count)]

    def _demonstration(self, drawn: Drawn) -> Encoded:
        env = self._streams.environments.get(drawn.source)
        return encode_example(self.tokenizer, drawn.task, self.config.data.max_prompt_tokens, env)

    def corpus(self, stage: str) -> Corpus:
        """The mixture, where a stage is in it."""
        if stage not in self._corpora:
            kept, folder = self.state.corpora.get(stage), self.folder.selections_dir
            self._corpora[stage] = Corpus(self.config, self.tokenizer, folder, self.scorers.of, kept)
        return self._corpora[stage]

    def sequences(self, stage: str, count: int, tokens: int) -> TextBatch:
        """The next sequences of a stage; see `Corpus.sequences`."""
        batch = self.corpus(stage).sequences(count, tokens)
        self.state.corpora[stage] = self.corpus(stage).state()
        return batch

    def chats(self, stage: str, count: int, most_tokens: int) -> list[Encoded]:
        """The next chats of a stage; see `Corpus.chats`."""
        found = self.corpus(stage).chats(count, most_tokens)
        self.state.corpora[stage] = self.corpus(stage).state()
        return found

    def held_out_texts(self, stage: str, tokens: int, *, chats: bool) -> list[HeldOut]:
        """The held-out texts of the mixture; see `Corpus.held_out`."""
        if stage not in self._held_out_texts:
            self._held_out_texts[stage] = self.corpus(stage).held_out(tokens, chats=chats)
        return self._held_out_texts[stage]

    def held_out_demonstrations(self) -> list[HeldOut]:
        """The held-out tasks that have a demonstration."""
        return [
            HeldOut("", (self._demonstration(one),), len(one.task.demonstration.encode("utf-8", "surrogatepass")))
            for one in self._streams.held_out
            if one.task.demonstration is not None
        ]

    def held_out_prompts(self) -> list[EncodedTask]:
        """All held-out tasks, those included that have no reward."""
        return [self.encode(task) for task in self._held_out_tasks]

    def write_mixtures(self) -> dict[str, dict[str, Any]]:
        """Writes what the mixture of each stage contained so far into the run's folder; returns it."""
        return {stage: corpus.write_report(self.folder.mixture_path(stage)) for stage, corpus in self._corpora.items()}

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
        names |= {source.reward for source in task_settings(self.config.data)}
        for stream in self._streams.train.values():
            names |= {task.reward for task in stream.source.tasks} if isinstance(stream.source, TaskList) else set()
        names |= {source.reward for source in read_sources(self.config.data.mixture)}
        return sorted({registry.get(name).identity for name in names if name})

    def evaluate(self) -> dict[str, float]:
        """Scores on the held-out tasks; see `rlvr.engine.run.evaluate`. Nothing where there are none."""
        if not self.held_out:
            return {}
        found = evaluate(self.actors, self.tokenizer, self.stop, self.held_out, self.config, self.scorers)
        return found.summary

    def close(self) -> None:
        """Ends the workers of engine and rewards."""
        self.scorers.close()
        self.actors.close()
