"""What a user pool of Amazon Cognito answers a service that hands passwords on to it, as far as signing in goes."""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

TARGET = "AWSCognitoIdentityProviderService."
LIFETIME = 3600  # seconds
POLICY = (r".{8}", r"[a-z]", r"[A-Z]", r"\d", r"[^\w\s]|_")  # a pool's own, where nobody changes it
REFUSED = 400
CODES = ("ConfirmSignUp", "ConfirmForgotPassword", "ResendConfirmationCode")  # the code travelled by mail
Answer = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str
    password: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def attributes(self) -> list[dict[str, str]]:
        return [{"Name": "sub", "Value": self.id}, {"Name": "email", "Value": self.name}]


class UserPool:
    """Keeps who signed up. `token` makes one of a person's id, name and client. `signed_in`: by a password, so far."""

    def __init__(self, token: Callable[[str, str, str], str]) -> None:
        self._token = token
        self._people: dict[str, Person] = {}
        self.signed_in = 0

    def answer(self, action: str, sent: Mapping[str, Any]) -> Answer:
        """To an action of its API, such as `SignUp`."""
        known = {"SignUp": self._sign_up, "InitiateAuth": self._sign_in, "AdminGetUser": self._tell}
        if action in known:
            return known[action](sent)
        if action == "ListUsers":
            return 200, {"Users": []}
        if action == "ForgotPassword":
            return 200, {"CodeDeliveryDetails": {"DeliveryMedium": "EMAIL", "AttributeName": "email"}}
        if action in CODES:
            return _refuse("CodeMismatchException", "Invalid verification code provided, please try again.")
        return _refuse("InvalidParameterException", f"{action} is not answered here.")

    def _sign_up(self, sent: Mapping[str, Any]) -> Answer:
        name, password = str(sent.get("Username", "")), str(sent.get("Password", ""))
        if name in self._people:
            return _refuse("UsernameExistsException", "An account with the given email already exists.")
        if not all(re.search(one, password) for one in POLICY):
            return _refuse("InvalidPasswordException", "Password did not conform with policy.")
        made = self._people[name] = Person(name=name, password=password)
        return 200, {"UserConfirmed": True, "UserSub": made.id}

    def _sign_in(self, sent: Mapping[str, Any]) -> Answer:
        given = sent.get("AuthParameters") or {}
        found = self._people.get(str(given.get("USERNAME", "")))
        if found is None or found.password != given.get("PASSWORD"):
            return _refuse("NotAuthorizedException", "Incorrect username or password.")
        self.signed_in += 1
        token = self._token(found.id, found.name, str(sent.get("ClientId", "")))
        told = {"AccessToken": token, "IdToken": token, "RefreshToken": str(uuid.uuid4())}
        return 200, {"AuthenticationResult": {**told, "ExpiresIn": LIFETIME, "TokenType": "Bearer"}}

    def _tell(self, sent: Mapping[str, Any]) -> Answer:
        found = self._people.get(str(sent.get("Username", "")))
        if found is None:
            return _refuse("UserNotFoundException", "User does not exist.")
        return 200, {"Username": found.name, "UserStatus": "CONFIRMED", "UserAttributes": found.attributes()}


def _refuse(kind: str, why: str) -> Answer:
    return REFUSED, {"__type": kind, "message": why}
