"""How bad is it where a check fails? What people mend first.

High: data is lost or wrong, somebody gets in, or the service does not run. Low: papers, names, and what stands beside
the service. Everything else, and a team's own check, is medium.
"""

from enum import StrEnum


class Severity(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


ORDER = tuple(Severity)


def _ids(**numbers: tuple[int, ...]) -> frozenset[str]:
    return frozenset(f"{area}{number:03}" for area, of_area in numbers.items() for number in of_area)


HIGH = _ids(
    DS=(23,),
    DB=(4, 6, 7, 20, 21, 24, 30, 31, 32, 33, 34, 35, 36, 37, 38, 50),
    SC=(
        *(1, 2, 3, 6, 7, 8, *range(11, 17), 21, *range(24, 29), *range(31, 35), 37, 38, 43, 45, 51, 53, 54, 72, 73),
        *(81, 82, 90, 92, 93, 120, 121, 122, 130, 140, 141, 142),
    ),
    TS=(1,),
    PF=(1, 3, 8, 10, 11, 14, 15),
    DP=(2, 14, 17, 22, 30, 31, 32, 34, 35, 36, 38, 39, 54, 61, 70, 72, 73),
)
LOW = _ids(
    RQ=(*range(1, 15), 20, 22, 23, 24),
    DS=(1, 4, 5, 14, 15, 16),
    DB=(13,),
    SC=(42, 47, 70),
    TS=(2, 4, 5, 8, 13),
    PF=(2, 7, 9, 12, 13),
    DP=(12, 15, 21, 37),
)


def severity_of(check: str) -> Severity:
    """Of a check by its id: `severity_of("SC002")`."""
    if check in HIGH:
        return Severity.HIGH
    return Severity.LOW if check in LOW else Severity.MEDIUM
