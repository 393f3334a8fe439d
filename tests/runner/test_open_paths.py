"""What is open to strangers on purpose, told by its path; and what is not, however it sounds."""

import pytest

from runner.vocabulary.open_paths import why_open

MEANT = [
    *(
        "POST /auth/register",
        "POST /api/v1/sign-up",
        "POST /login/access-token",
        "POST /auth/jwt/login",
        "POST /session",
    ),
    *("POST /auth/refresh-token", "POST /logout", "POST /password-recovery/{email}", "POST /reset-password"),
    *("POST /forgot_password", "PUT /accounts/{token}/confirm", "POST /verify-email", "POST /resendVerification"),
    *("POST /webhook", "POST /activate/{code}", "POST /api/v1/verify", "POST /payments/callback"),
    *("POST /webhooks/stripe", "POST /payments/webhook", "POST /contact-us", "POST /newsletter", "POST /health"),
]
NOT_MEANT = [
    *(
        "PUT /orders/{id}/confirm",
        "POST /products/{id}/activate",
        "POST /payments/{payment_id}/verify",
        "POST /webhooks",
    ),
    *("POST /users/{user_id}/activate", "PUT /accounts/{id}/verify"),
    *("PUT /webhooks/{id}", "PATCH /stock/reset", "POST /webhooks/{id}/deliveries", "POST /hooks"),
    *("POST /users", "POST /orders", "PUT /orders/{id}", "DELETE /sessions/{id}", "POST /api-tokens", "PATCH /login"),
    *("POST /admin/reset-password", "POST /internal/webhook", "POST /contacts", "POST /orders/{id}/session"),
    *(
        "POST /register/{id}/seats",
        "POST /",
        "DELETE /newsletter",
        "POST /orders/{id}/refresh",
        "POST /confirmed-orders",
    ),
]


@pytest.mark.parametrize("endpoint", MEANT)
def test_what_is_usually_open(endpoint: str) -> None:
    assert why_open(*endpoint.split())


@pytest.mark.parametrize("endpoint", NOT_MEANT)
def test_what_is_not(endpoint: str) -> None:
    assert not why_open(*endpoint.split())
