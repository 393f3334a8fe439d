"""Criteria of spec.yaml of which no test could be made: each fails until somebody writes it.

In spec.yaml, an `example:` under the criterion makes one; else write it here or beside its resource.
"""

import pytest

{% for one in cookiecutter.to_write %}

@pytest.mark.requirement("{{one.id}}")
def test_{{one.name}}() -> None:
    pytest.fail({{one.text}})

{% endfor %}
