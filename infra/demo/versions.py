"""Which versions does the rehearsal have, how does each come about, and which of them is live?"""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from infra.demo import flights, training
from infra.demo.recipes import FIRST, Recipe, Trainer
from infra.demo.stage import MODEL, Stage

__all__ = ["Version", "Versions"]


_WARNING = 140
"""Characters of one that are shown: its sentence, and the beginning of what a kernel said."""


@dataclass(frozen=True)
class Version:
    """A registered version, the pipeline that it came from, and the seconds that training took."""

    number: int
    trained: training.Trained
    seconds: float

    def __str__(self) -> str:
        return f"{MODEL}@{self.number}"


@dataclass
class Versions:
    """What this run made so far. `of` gives the version of each release that may answer."""

    stage: Stage
    trainer: Trainer
    of: dict[int, Version] = field(default_factory=dict)
    _made: dict[Recipe, Version] = field(default_factory=dict)
    _live: int | None = None
    _folders: int = 0

    def live(self) -> int:
        """The release that is live. Where none is, the first version becomes it."""
        if self._live is None:
            version = self.make(FIRST)
            self.stage.scene("Deploy: publish a release, smoke-test it with the golden examples, then move `live`")
            self.goes_live(int(self.stage.serin("deploy", str(version))["release"]), version)
            self.stage.tell(f"`live` serves release {self._live} ({version})")
        assert self._live is not None
        return self._live

    def goes_live(self, release: int, version: Version) -> None:
        self.of[release], self._live = version, release

    def make(self, recipe: Recipe) -> Version:
        """Train and register, unless another chapter did."""
        if recipe not in self._made:
            self._made[recipe] = self._make(recipe)
        return self._made[recipe]

    def _make(self, recipe: Recipe) -> Version:
        self.stage.scene("Train: will a flight from New York arrive more than 15 minutes late?")
        with self.stage.console.status(f"  gradient boosting on the flights of {recipe.period} 2013"):
            trained, seconds = self.trainer.trained(recipe)
        self.stage.tell(
            f"{recipe.period}: {len(trained.late):,} flights, {len(flights.FEATURES)} features, {seconds} s; "
            f"AUC {trained.auc:.3f} on {trained.held_out:,} held-out flights"
        )
        return self.register(trained, seconds)

    def register(
        self, trained: training.Trained, seconds: float, rewrite: Callable[[bytes], bytes] = lambda model: model
    ) -> Version:
        """`rewrite` is a step after the export."""
        self.stage.scene("Register: an immutable version with its manifest, golden examples, baseline and evidence")
        self._folders += 1
        folder = self.stage.folder / f"{MODEL}-{self._folders}"
        training.write_folder(trained, folder, rewrite=rewrite)
        record = self.stage.serin("register", str(folder), "--model", MODEL)
        version = Version(int(record["version"]), trained, seconds)
        self.stage.tell(f"{version}, artifact sha256 {record['artifact_sha256'][:12]}…")
        for warning in record["warnings"]:
            self.stage.tell(f"warning: {textwrap.shorten(warning, _WARNING, placeholder=' …')}")
        return version
