"""Who has an account?"""

from fastapi import APIRouter

from {{cookiecutter.package}}.identity import Anyone
from {{cookiecutter.package}}.problems import problems
from {{cookiecutter.package}}.schemas import UserRead

router = APIRouter(prefix="/users", tags=["users"])


@router.get("/me", summary="Read one's own account", responses=problems(401, 503))
def read_me(user: Anyone) -> UserRead:
    return UserRead.model_validate(user)
