"""The demo's trainings, which come about in a process beside it."""

from dataclasses import dataclass, field

import pytest

from infra.demo.recipes import BETTER, FIRST, MIXED, Recipe, Trainer, training_aside


@dataclass
class Process:
    """Begins what it is given, and does nothing of it."""

    begun: list[Recipe] = field(default_factory=list)

    def submit(self, _function, recipe):
        self.begun.append(recipe)


def test_a_training_is_begun_once():
    """However many chapters need it, and in the order in which they do."""
    process = Process()
    trainer = Trainer(process)
    trainer.begin(FIRST)
    trainer.begin(BETTER, MIXED)
    trainer.begin(BETTER, FIRST)
    assert process.begun == [FIRST, BETTER, MIXED]


def test_what_goes_wrong_in_the_process_is_told_where_it_is_needed():
    """Not where it is begun, and not where all that is under way is waited for."""
    with training_aside() as trainer:
        trainer.begin(Recipe((13,)))
        trainer.settle()
        with pytest.raises(ValueError, match="sample"):
            trainer.trained(Recipe((13,)))
