"""Which folders and files of a repository are not the service's own code, by what they are called?"""

import re

from runner.vocabulary.names import set_of

# What others wrote, what was built, and what tools keep: nothing of it is looked at.
SKIPPED = set_of(".git .gonogo .venv venv env site-packages node_modules __pycache__ build dist")
TESTS = set_of("tests test")
NO_SOURCES = SKIPPED | TESTS | set_of("migrations alembic")
# What is not the service itself: beside its code, or for those who develop it.
BESIDE = NO_SOURCES | set_of("docs doc examples scripts tools bench benchmarks load loadtests")
TEST_FILE = re.compile(r"test_.*|.*_test\.py|(?:conftest|setup|noxfile|tasks|locustfile|fabfile|gunicorn\S*)\.py")
