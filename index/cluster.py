"""A Ray cluster, joined or started here, and an Encoder that embeds many texts in it."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from index.encoder import Encoder, Vectors
from index.errors import SettingsError

LOCAL = "local"
_CLIENT = "ray://"
# What Ray and all that it starts read, unless the environment says otherwise.
_ENVIRONMENT = {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}  # no graphics cards to hide: the models are on the CPU
_LOCAL_ENVIRONMENT = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # as it is there, on Linux too: all that is started listens on loopback
    "RAY_AUTH_MODE": "token",  # who else is on this machine may not run programs as us
}
_CONNECT_SECONDS = 5.0
_STORE = 200_000_000  # bytes of shared memory; by default Ray takes a third of the machine's
_FEW = 512  # texts; a worker takes longer to load its model than one process to embed these
_BATCH = 256  # texts that a worker embeds at a time; more that have the length of others, fewer that are lost with it


@contextmanager
def joined(address: str, workers: int = 1) -> Iterator[None]:
    """Join the Ray cluster at `address`; for `local` start one that only this machine reaches, with room for `workers`.

    It is left at the end, and one that was started here ends. Raises SettingsError where there is none.
    """
    if address.startswith(_CLIENT):  # its clients have no deployment handles that can be awaited
        raise SettingsError(
            f"a cluster is joined from a machine of its own: run 'ray start' here, and give host:port, not {_CLIENT}…"
        )
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    for name, value in {**_ENVIRONMENT, **(_LOCAL_ENVIRONMENT if address == LOCAL else {})}.items():
        os.environ.setdefault(name, value)
    if address == LOCAL:
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else it writes one into the home folder
    try:
        import ray
    except ImportError:
        raise SettingsError("a Ray cluster needs its library: install claim-explainer[ray]") from None
    started: dict[str, Any] = {
        "num_cpus": max(workers, os.cpu_count() or 1),
        "num_gpus": 0,
        "object_store_memory": _STORE,
        "include_dashboard": False,
    }
    try:
        host, _, port = address.rpartition(":")
        if host:  # where nobody listens, Ray would go on trying for minutes
            socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
        ray.init(address=address, configure_logging=False, log_to_driver=False, **(started if address == LOCAL else {}))
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingsError(
            f"no Ray cluster can be joined at {address!r} ({type(error).__name__}): start it, or use {LOCAL!r}"
        ) from None
    try:
        yield
    finally:
        ray.shutdown()


class ClusterEncoder:
    """An Encoder whose work, where it is much, is done by workers of a Ray cluster, joined meanwhile.

    Each of them has an encoder that `make` makes. A text has the same bits whoever embeds it, as
    long as all machines have processors of one kind.
    """

    together = 1_000_000  # texts to be asked for in one call: the workers load their models for each call

    def __init__(self, encoder: Encoder, make: Callable[[], Encoder], address: str, few: int = _FEW) -> None:
        """Embed fewer than `few` texts with `encoder`, and more in the cluster at `address`."""
        self.name = encoder.name
        self.weights = encoder.weights
        self.here = encoder
        self._make = make
        self._address = address
        self._few = few

    @property
    def dimensions(self) -> int:
        """Return the length of a vector."""
        return self.here.dimensions

    def words(self) -> frozenset[str]:
        """Return the whole words of the encoder's vocabulary."""
        return self.here.words()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return float32 vectors of shape (len(texts), dimensions), each of length 1."""
        if len(texts) < self._few:
            return self.here.encode(texts)
        with joined(self._address):
            return self._embedded(texts)

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        import ray
        from ray import data

        logging.getLogger("ray.data").setLevel(logging.ERROR)  # it tells of every execution
        workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
        # Texts of about one length in one batch: of those most can be embedded together.
        numbered = sorted(enumerate(texts), key=lambda pair: len(pair[1]))
        batches = [numbered[start : start + _BATCH] for start in range(0, len(numbered), _BATCH)]
        data.DataContext.get_current().enable_progress_bars = False
        rows = data.from_items(
            [{"numbers": [n for n, _ in batch], "texts": [text for _, text in batch]} for batch in reversed(batches)],
            override_num_blocks=len(batches),
        )
        embedded = rows.map(
            _Worker,
            fn_constructor_args=(self._make,),
            compute=data.ActorPoolStrategy(size=min(workers, len(batches))),
            num_cpus=1,
        )
        found = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for row in embedded.iter_rows():
            found[row["numbers"]] = np.frombuffer(row["vectors"], dtype=np.float32).reshape(-1, self.dimensions)
        return found


class _Worker:
    """A worker of the cluster, with an encoder of its own."""

    def __init__(self, make: Callable[[], Encoder]) -> None:
        self._encoder = make()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return the batch with the bytes of its vectors in place of its texts."""
        return {"numbers": batch["numbers"], "vectors": self._encoder.encode(list(batch["texts"])).tobytes()}
