"""What does a path do with accounts, whatever its spelling?"""

import pytest

from runner.vocabulary.account_paths import (
    PASSWORD,
    SIGNS_IN,
    SIGNS_OUT,
    SIGNS_UP,
    helps_who_forgot,
    is_called,
    is_of_sign_in,
    renews,
    says,
)


@pytest.mark.parametrize(
    "part", ["login", "logIn", "log-in", "log_in", "SignIn", "access-token", "accesstoken", "sessions"]
)
def test_what_signs_in_is_called_so_and_nothing_else(part: str) -> None:
    assert is_called(SIGNS_IN, part)
    assert not is_called(SIGNS_IN, f"{part}-history")


@pytest.mark.parametrize("part", ["register", "sign-up", "signUp", "signup"])
def test_what_signs_up(part: str) -> None:
    assert is_called(SIGNS_UP, part)
    assert says(SIGNS_UP, f"{part}_new")


@pytest.mark.parametrize("part", ["registered", "designs", "up", "blogin", "session-notes"])
def test_what_is_only_called_alike(part: str) -> None:
    assert not is_called(SIGNS_IN, part)
    assert not is_called(SIGNS_UP, part)


@pytest.mark.parametrize(
    "part", ["refresh", "refreshToken", "refresh-token", "token_refresh", "renew", "session-renew"]
)
def test_what_renews_a_sign_in(part: str) -> None:
    assert renews(part)


@pytest.mark.parametrize("part", ["refresh-cache", "token", "refreshments", "renewals", "refresh_feed"])
def test_what_renews_something_else(part: str) -> None:
    assert not renews(part)


@pytest.mark.parametrize(
    "path",
    ["/forgot-password", "/auth/forgotPassword", "/auth/forgotpassword", "/password_reset", "/auth/recover/{token}"],
)
def test_what_helps_who_forgot(path: str) -> None:
    assert helps_who_forgot(path)


@pytest.mark.parametrize("path", ["/presets", "/auth/recovered-items", "/password", "/unforgettable"])
def test_what_is_for_something_else(path: str) -> None:
    assert not helps_who_forgot(path)


def test_a_password_anywhere_in_a_path_and_the_ends_of_sign_ins() -> None:
    assert all(says(PASSWORD, path) for path in ["/auth/password/change", "/me/set-password", "/passwords/new"])
    assert all(is_called(SIGNS_OUT, part) for part in ["logout", "logOut", "log-off", "sign_out"])
    assert not says(PASSWORD, "/passes")


@pytest.mark.parametrize("path", ["/auth/me", "/sign-in", "/signUp", "/users/me/password", "/tokens", "/refreshToken"])
def test_what_is_for_getting_in_or_out(path: str) -> None:
    assert is_of_sign_in(path)


@pytest.mark.parametrize("path", ["/posts", "/authors/{id}", "/presets", "/sessions/{id}", "/refresh-cache"])
def test_what_is_for_other_things(path: str) -> None:
    assert not is_of_sign_in(path)
