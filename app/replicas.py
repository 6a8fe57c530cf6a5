"""The replicas of a Ray Serve deployment, which answer, and come and go without a failed question."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.asking import Refused
from app.logs import NAME
from app.replica import AnswerIds, Failure, IndexCopy, Load, Replica
from app.settings import Settings
from index.answer import Explainer
from index.cluster import LOCAL, joined
from index.errors import IndexFolderError, QuestionError
from index.records import Answer, Finding

if TYPE_CHECKING:
    from ray.serve.handle import DeploymentHandle

_PREFIX = "explainer-"  # of the name of an application
_TRIES = 3  # of one question; a replica that ends takes with it what it was asked
_AHEAD = 2  # questions that a replica is given at a time: it works on one, and the next is there when that is done
# Of a processor, kept for each replica: an index takes another's place once both have their replicas, and those of one
# of them have nothing to do.
_SHARE = 0.5
_STARTS = 3  # of a replica, until it is said that it cannot start
_DEPLOY_SECONDS = 300.0  # for machines that the cluster has to fetch
_LOOK_SECONDS = 0.2
_NOTICE_SECONDS = 5.0  # until every other web process that shows an index shows the next one
_QUIET = {"log_level": "WARNING", "enable_access_log": False}
log = logging.getLogger(NAME)


class ReplicaAnswers:
    """What the replicas of one index answer, put together from the same index in this process."""

    def __init__(self, explainer: Explainer, handle: DeploymentHandle[Any]) -> None:
        self._cards = {card.id: card for card in explainer.corpus.cards}
        self._safety = {card.id: card for card in explainer.corpus.safety}
        self._handle = handle

    async def ask(self, question: str) -> Answer:
        """Answer a question. Raises QuestionError, or Refused where no replica could."""
        found: AnswerIds = await self._call("ask", question)
        cards = [self._cards[card] for card in found.cards]
        if found.passages:
            by_id = {passage.id: passage for passage in cards[0].passages}
            cards[0] = dataclasses.replace(cards[0], passages=tuple(by_id[passage] for passage in found.passages))
        return Answer(
            question=found.question,
            outcome=found.outcome,
            safety=tuple(self._safety[card] for card in found.safety),
            cards=tuple(cards),
            notes=found.notes,
            version=found.version,
        )

    async def check_text(self, text: str) -> tuple[Finding, ...]:
        """Find the claims in a pasted text. Raises QuestionError, or Refused where no replica could."""
        found: tuple[tuple[str, str], ...] = await self._call("check_text", text)
        return tuple(Finding(sentence=sentence, card=self._cards[card]) for sentence, card in found)

    async def _call(self, method: str, text: str) -> Any:
        from ray.exceptions import RayActorError
        from ray.serve.exceptions import RayServeException

        for _ in range(_TRIES):
            response = getattr(self._handle, method).remote(text)
            try:
                found = await response
            except asyncio.CancelledError:  # nobody waits for it any more
                response.cancel()
                raise
            except RayActorError:  # the replica has ended; asking changes nothing, so another one may be asked
                continue
            except RayServeException:
                break
            if isinstance(found, QuestionError):
                raise found
            if isinstance(found, Failure):
                log.error("a question could not be answered", extra=dataclasses.asdict(found))
                raise Refused("error_failed", 500)
            return found
        raise Refused("error_busy", 503)


class Replicas:
    """The applications of a Ray cluster that answer, one for each index that is shown."""

    def __init__(self, settings: Settings, index: Path, load: Load) -> None:
        """Answer from the index in the folder `index`."""
        self._settings = settings
        self._index = index
        self._load = load
        self._now = ""
        self._ending: dict[str, float] = {}  # names of applications, and when they may end

    def open(self, explainer: Explainer) -> ReplicaAnswers:
        """Return what answers from the index of `explainer`, once it does. What answered before may then end.

        Raises IndexFolderError, with what answered before as it was.
        """
        from ray import serve

        copy = IndexCopy.of(self._index)
        if copy.version != explainer.version:
            raise IndexFolderError(f"{self._index} was built again meanwhile")
        name = f"{_PREFIX}{copy.name}"
        if name not in serve.status().applications:  # else another web process shows it already
            target = serve.RunTarget(self._application(copy), name=name, route_prefix=None)
            serve.run_many([target], wait_for_applications_running=False)
        try:
            _wait_for(name)
        except IndexFolderError:
            serve.delete(name, _blocking=False)
            raise
        answers = ReplicaAnswers(explainer, serve.get_app_handle(name))
        self._ending.pop(name, None)
        if self._now not in ("", name):
            # What began with the old index ends with it, and its body may take as long to come as its answer.
            self._ending[self._now] = time.monotonic() + 2 * self._settings.seconds + _NOTICE_SECONDS
        self._now = name
        return answers

    def tidy(self) -> None:
        """End the applications of indexes that nobody can still wait for an answer from."""
        from ray import serve

        for name in [name for name, when in self._ending.items() if when < time.monotonic()]:
            del self._ending[name]
            serve.delete(name, _blocking=False)

    def _application(self, copy: IndexCopy) -> Any:
        from ray import serve

        least, most = self._settings.ray_replicas
        number: dict[str, Any] = {"num_replicas": least}
        if least < most:
            number = {"autoscaling_config": {"min_replicas": least, "max_replicas": most, "target_ongoing_requests": 1}}
        made = serve.deployment(
            Replica,
            max_ongoing_requests=_AHEAD,
            max_constructor_retry_count=_STARTS,
            graceful_shutdown_wait_loop_s=0.5,
            graceful_shutdown_timeout_s=self._settings.seconds,
            ray_actor_options={"num_cpus": _SHARE},
            logging_config=_QUIET,
            **number,
        )
        return made.bind(self._load, copy)


@contextmanager
def replicas(settings: Settings, index: Path, load: Load) -> Iterator[Replicas]:
    """Join the cluster of the settings, where replicas then answer from the index in a folder.

    `load` makes the Explainer of a replica from the folder of its copy. In a cluster that was there
    before, the replicas stay at the end: other web processes may show the same index, and whoever
    starts next has nothing to wait for. Raises SettingsError where there is no cluster.
    """
    _, most = settings.ray_replicas
    with joined(settings.ray, most):
        from ray import serve

        for theirs in map(logging.getLogger, ("ray", "ray.serve")):  # their lines come in the form of ours
            theirs.handlers.clear()
            theirs.propagate = True
        serve.start(proxy_location="Disabled", logging_config=_QUIET)
        running = sorted(name for name in serve.status().applications if name.startswith(_PREFIX))
        if running:
            log.info("the cluster answers already for %s: end what nobody shows", ", ".join(running))
        yield Replicas(settings, index, load)
        if settings.ray != LOCAL:
            log.info("the replicas stay in the cluster: 'serve shutdown' ends them")


def _wait_for(name: str) -> None:
    """Wait until an application answers. Raises IndexFolderError if it does not come to that."""
    from ray import serve

    end = time.monotonic() + _DEPLOY_SECONDS
    while time.monotonic() < end:
        found = serve.status().applications.get(name)
        state = str(found.status.value) if found else "DELETED"
        if state == "RUNNING":
            return
        if state not in ("NOT_STARTED", "DEPLOYING"):
            raise IndexFolderError(f"the replicas of {name} do not start ({state}): the logs of Ray Serve say why")
        time.sleep(_LOOK_SECONDS)
    raise IndexFolderError(
        f"the replicas of {name} do not start: is there room for them beside those of the old index?"
    )
