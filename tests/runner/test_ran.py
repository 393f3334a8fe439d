"""What a command said last, as people need it."""

from runner.processes.ran import Ran

LACKING = """Traceback (most recent call last):
  File "/shop/config.py", line 9, in <module>
    settings = Settings()
pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings
JWT_ALGORITHM
  Field required [type=missing, input_value={'A': 'b'}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.8/v/missing
mail.port
  Input should be a valid integer [type=int_parsing, input_value='x', input_type=str]
    For further information visit https://errors.pydantic.dev/2.8/v/int_parsing
"""


def ended(err: str) -> Ran:
    return Ran(argv=("x",), code=1, out="", err=err, seconds=0.1)


def test_settings_that_are_missing_or_wrong_are_named() -> None:
    assert ended(LACKING).last_words == (
        "pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings: JWT_ALGORITHM, mail.port"
    )


def test_any_other_exception_is_told_as_it_is() -> None:
    assert ended("Traceback (most recent call last):\n  x\nValueError: no\n").last_words == "ValueError: no"
