"""How does the first admin come to be? `python -m {{cookiecutter.package}}.admin EMAIL ROLE`, once registered."""

import argparse
import sys

from sqlmodel import Session, select

from {{cookiecutter.package}}.database import open_engine
from {{cookiecutter.package}}.models import Role, User
from {{cookiecutter.package}}.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m {{cookiecutter.package}}.admin", description=__doc__)
    parser.add_argument("email")
    parser.add_argument("role", type=Role, choices=list(Role))
    wanted = parser.parse_args(arguments)
    engine = open_engine(Settings())
    try:
        with Session(engine) as database:
            found = promote(database, wanted.email.lower(), wanted.role)
    finally:
        engine.dispose()
    if not found:
        sys.stderr.write(f"No account has the address {wanted.email}: register it first.\n")
        return 1
    sys.stdout.write(f"{wanted.email} is {wanted.role} now.\n")
    return 0


def promote(database: Session, email: str, role: Role) -> bool:
    user = database.exec(select(User).where(User.email == email)).first()
    if user is None:
        return False
    user.role = role
    database.commit()
    return True


if __name__ == "__main__":
    raise SystemExit(main())
