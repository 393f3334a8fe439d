"""The guide beside the checklist: every step has one, and its examples are what they say they are."""

import ast
import re

import pytest
import yaml

from runner.specification import Permission, Quality, Requirement
from stages.catalogue import BUILT_IN
from stages.guide import guide_of, guides, looks_at
from workflow.cli.tasks import ns

STEPS = [(stage, step) for stage in BUILT_IN.stages for step in stage.steps]


def test_every_step_has_a_guide_and_no_guide_is_left_over() -> None:
    assert set(guides()) == {step.id for _, step in STEPS}
    assert all(one.takes and one.do and one.example for one in guides().values())


def test_what_a_step_looks_at_is_what_its_checks_and_documents_need() -> None:
    stage = BUILT_IN.stage("database")
    looked = looks_at(stage, stage.steps[2])
    assert any("migration" in title.lower() for title in looked), looked
    assert len(looked) == len(set(looked))


@pytest.mark.parametrize("id", [id for id, one in guides().items() if one.language == "python"])
def test_an_example_in_python_is_python(id: str) -> None:
    ast.parse(guides()[id].example)


def test_the_examples_of_a_specification_fit_it() -> None:
    told = {id: yaml.safe_load(guides()[id].example) for id in ("1.1a", "1.1c", "1.1d")}
    Requirement.model_validate(told["1.1a"]["requirements"][0])
    Quality.model_validate(told["1.1c"]["quality"][0])
    Permission.model_validate(told["1.1d"]["permissions"][0])


def test_the_commands_that_a_guide_names_are_there() -> None:
    text = " ".join(f"{one.do} {one.example}" for one in guides().values())
    asked = set(re.findall(r"invoke ([a-z][a-z.]*)", text))
    assert asked
    assert asked <= set(ns.task_names)


def test_a_step_of_nobody_has_none() -> None:
    assert guide_of(STEPS[0][1]) is not None
    assert guide_of(type(STEPS[0][1])("9.9", "Ours")) is None
