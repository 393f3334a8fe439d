"""Is an example that only a person can read no value, and is a service told by what its tokens are signed?"""

from pathlib import Path

import pytest

from runner.discovery.env_files import shown_env_files
from runner.discovery.production import found_production
from runner.discovery.settings import found_settings

DEMANDED = (
    "class Settings(BaseSettings):\n    DATABASE_URL: str\n    MODE: Literal['TEST', 'LOCAL', 'PROD']\n"
    "    JWT_ALGORITHM: str\n"
    "    TOKEN_MINUTES: int\n    TRACE: bool\n    MOTTO: str\n"
)
FOR_PEOPLE = (
    "MODE=TEST / LOCAL / PROD\nJWT_ALGORITHM=your_algo # default HS256\nTOKEN_MINUTES=how_many\n"
    "TRACE=yes or no\nMOTTO=x\n"
)
FOR_PROGRAMS = "MODE=PROD\nJWT_ALGORITHM=RS512\nTOKEN_MINUTES=1_440\nTRACE=on\nMOTTO=your_motto\n"
READ = "import os\nURL = os.environ['DATABASE_URL']\n"


def found(root: Path, code: str, example: str = "") -> dict[str, str]:
    (root / "settings.py").write_text(code, encoding="utf-8")
    (root / ".env_example").write_text(example, encoding="utf-8")
    settings = found_settings([root / "settings.py"], shown_env_files(root))
    return {name: value for name, value in settings.items() if name != "DATABASE_URL"}


def test_an_example_that_the_setting_refuses_is_told_to_people(tmp_path: Path) -> None:
    assert found(tmp_path, DEMANDED, FOR_PEOPLE) == {
        "MODE": "LOCAL",
        "JWT_ALGORITHM": "HS256",
        "TOKEN_MINUTES": "30",
        "TRACE": "false",
        "MOTTO": "x",
    }


def test_an_example_that_the_setting_takes_is_given(tmp_path: Path) -> None:
    assert found(tmp_path, DEMANDED, FOR_PROGRAMS) == {
        "MODE": "PROD",
        "JWT_ALGORITHM": "RS512",
        "TOKEN_MINUTES": "1_440",
        "TRACE": "on",
        "MOTTO": "your_motto",
    }


@pytest.mark.parametrize(
    "code",
    [
        READ + "ALGORITHM = os.environ.get('JWT_ALGORITHM')\n",
        READ + "ALGORITHM = os.getenv('JWT_ALGORITHM', None)\n",
        READ + "class Settings(BaseSettings):\n    jwt_algorithm: Optional[str] = None\n",
        READ + "class Settings(BaseSettings):\n    jwt_algorithm: str | None = Field(default=None)\n",
    ],
)
def test_an_algorithm_that_nothing_stands_for_is_given(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, code) == {"JWT_ALGORITHM": "HS256"}
    assert found(tmp_path, code, "JWT_ALGORITHM=HS384\n") == {"JWT_ALGORITHM": "HS384"}


@pytest.mark.parametrize(
    "code",
    [
        READ + "ALGORITHM = os.getenv('JWT_ALGORITHM', USUAL)\n",
        READ + "ALGORITHM = os.getenv('JWT_ALGORITHM', default='RS256')\n",
        READ + "class Settings(BaseSettings):\n    jwt_algorithm: str = 'RS256'\n",
        READ + "class Settings(BaseSettings):\n    jwt_algorithm: str = Field(default_factory=usual)\n",
        READ + "PACKED = os.getenv('COMPRESSION_ALGORITHM')\nHASHED = os.getenv('PASSWORD_HASH_ALGORITHM')\n",
    ],
)
def test_an_algorithm_that_the_code_has_or_that_signs_nothing_is_left(tmp_path: Path, code: str) -> None:
    assert found(tmp_path, code) == {}


def test_what_may_be_production_says_which_environment_it_is(tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(DEMANDED, encoding="utf-8")
    assert found_production([tmp_path / "settings.py"]) == {"MODE": "PROD"}
    (tmp_path / "settings.py").write_text(DEMANDED + "    ENV: str\n", encoding="utf-8")
    assert found_production([tmp_path / "settings.py"]) == {"ENV": "PROD"}, "the one that is called so"
    (tmp_path / "settings.py").write_text(DEMANDED.replace("PROD", "LIVE"), encoding="utf-8")
    assert found_production([tmp_path / "settings.py"]) == {}
