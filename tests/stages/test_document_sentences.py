"""What is unclear in sentences that stand alone, written by class and apart from the rules?"""

from collections import Counter
from pathlib import Path

import pytest

from stages.requirements.document.judged import read

SENTENCES = Path(__file__).parent / "documents" / "sentences"
HEADS = {
    "english": "# Shop\n\n## Roles\n\n- Buyer: orders goods.\n- Clerk: packs goods.\n\n## Rules\n\n",
    "chinese": "# 商店\n\n## 角色\n\n- 顾客：购买商品的人。\n- 店员：负责发货的人。\n\n## 规则\n\n",
}
# The rules were mended on them.
# At first look in English 30 of 42 with a defect, in Chinese 18 of 37; of unmeasurable ones 3 of 11 in both.
LEAST = {
    "english": Counter(vague=11, passive_no_actor=8, no_trigger=5, undefined_term=5, unmeasurable=5, escape_clause=2),
    "chinese": Counter(vague=8, passive_no_actor=7, no_trigger=5, undefined_term=4, unmeasurable=5, escape_clause=2),
}


@pytest.mark.parametrize("language", sorted(HEADS))
def test_the_class_of_a_sentence_is_found_and_a_clear_one_is_left_alone(language: str) -> None:
    found: Counter[str] = Counter()
    for line in (SENTENCES / f"{language}.txt").read_text("utf-8").splitlines():
        wanted, said = line.split("\t")
        classes = {str(one.defect) for one in read(HEADS[language] + said + "\n").sentences[-1].found}
        assert wanted != "clean" or not classes, f"{said} is called {classes}"
        found[wanted] += wanted in classes
    assert all(found[name] >= least for name, least in LEAST[language].items()), found
