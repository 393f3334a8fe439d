"""Does the run's own user pool let in who signed up, and refuse what a real one refuses?"""

import pytest

from runner.live.cognito import UserPool

GOOD = "Correct-horse-7"


def a_pool() -> UserPool:
    pool = UserPool(lambda subject, email, client: f"{subject} {email} {client}")
    status, told = pool.answer("SignUp", {"Username": "ann@example.com", "Password": GOOD})
    assert status == 200
    assert told["UserConfirmed"]
    return pool


def signing_in(password: str, name: str = "ann@example.com") -> dict[str, object]:
    return {"ClientId": "shop", "AuthParameters": {"USERNAME": name, "PASSWORD": password}}


def test_who_signed_up_signs_in_and_is_told_of() -> None:
    pool = a_pool()
    status, told = pool.answer("InitiateAuth", signing_in(GOOD))
    assert (status, pool.signed_in) == (200, 1)
    _, about = pool.answer("AdminGetUser", {"Username": "ann@example.com"})
    subject = about["UserAttributes"][0]["Value"]
    assert told["AuthenticationResult"]["IdToken"] == f"{subject} ann@example.com shop"


@pytest.mark.parametrize(
    ("action", "sent", "kind"),
    [
        ("SignUp", {"Username": "ann@example.com", "Password": GOOD}, "UsernameExistsException"),
        ("SignUp", {"Username": "bob@example.com", "Password": "12345678"}, "InvalidPasswordException"),
        ("InitiateAuth", signing_in("wrong"), "NotAuthorizedException"),
        ("InitiateAuth", signing_in(GOOD, "bob@example.com"), "NotAuthorizedException"),
        ("ConfirmSignUp", {"Username": "ann@example.com", "ConfirmationCode": "123456"}, "CodeMismatchException"),
        ("ConfirmForgotPassword", {"ConfirmationCode": "123456"}, "CodeMismatchException"),
        ("AdminGetUser", {"Username": "bob@example.com"}, "UserNotFoundException"),
        ("AdminDeleteUser", {}, "InvalidParameterException"),
    ],
)
def test_it_refuses_what_a_real_one_refuses(action: str, sent: dict[str, object], kind: str) -> None:
    pool = a_pool()
    status, told = pool.answer(action, sent)
    assert (status, told["__type"], pool.signed_in) == (400, kind, 0)
