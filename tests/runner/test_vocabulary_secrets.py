"""What does a name say of a secret? One row per name, one column per meaning; each place that asks is named there."""

import pytest

from runner.vocabulary import secrets

MEANINGS = (
    ("secret", secrets.is_secret),  # settings, env files, images, compose files
    ("password", secrets.is_password),  # fields and columns of accounts
    ("signs", secrets.signs),  # what production has to refuse
    ("hole", secrets.never_excused),  # in the code, whatever its value says
    ("unanswered", secrets.never_answered),  # fields of answers
    ("blank", secrets.may_be_secret),  # records of a run
)
EVERY = "secret password hole unanswered blank"
TABLE = (
    ("password", EVERY),
    ("PASSWD", EVERY),
    ("pwd", EVERY),
    ("PGPASSWORD", EVERY),
    ("DB_PASS", EVERY),
    ("POSTGRES_PASSWORD", EVERY),
    ("newPassword", EVERY),
    ("new-password", EVERY),
    ("password2", EVERY),
    ("password_confirm", "secret password unanswered blank"),
    ("PASSWORD_ADMIN", "secret password unanswered blank"),
    ("hashed_password", EVERY),
    ("hashedpw", "secret password hole unanswered"),
    ("passwordHash", "secret password unanswered blank"),
    ("password_hash", "secret password unanswered blank"),
    ("password_salt", "secret password unanswered blank"),
    ("密码", "secret password unanswered blank"),
    ("user_mima", EVERY),
    ("SECRET_KEY", "secret signs hole unanswered blank"),
    ("secretKey", "secret signs hole unanswered blank"),
    ("SECRET_KEY_BASE", "secret signs unanswered blank"),
    ("SECRET_KEY_PROD", "secret signs unanswered blank"),
    ("JWT_PRIVATE_KEY", "secret signs hole unanswered blank"),
    ("private-key", "secret signs hole unanswered blank"),
    ("JWT_KEY", "secret signs hole blank"),
    ("SIGNING_KEY", "secret signs hole blank"),
    ("JWT_SECRET", "secret signs hole blank"),
    ("SECRET", "secret signs hole unanswered blank"),
    ("totp_secret", "secret signs hole unanswered blank"),
    ("client_secret", "secret signs hole unanswered blank"),
    ("webhook_secret", "secret signs hole blank"),  # shown to its owner once
    ("AWS_SECRET_ACCESS_KEY", "secret unanswered blank"),
    ("VAULT_SECRET_ID", "secret signs blank"),
    ("TOKEN_KEY", "secret signs blank"),
    ("SECRETS", "secret signs blank"),
    ("密钥", "secret signs blank"),
    ("apiKey", "secret blank"),
    ("PASSWORDS_TABLE", "secret password unanswered blank"),
    ("API_KEY", "secret blank"),
    ("api-key", "secret blank"),
    ("APIKEY", "secret blank"),
    ("X-API-Key", "secret blank"),
    ("API_KEYS", "secret blank"),
    ("UPSTREAM_TOKEN", "secret blank"),
    ("GITHUB_TOKEN", "secret blank"),
    ("TOKEN_GITHUB", "secret blank"),
    ("access_token", "secret blank"),  # a sign-in answers it
    ("accessToken", "secret blank"),
    ("API_TOKENS", "secret blank"),
    ("csrf_token", "secret blank"),
    ("reset_token", "secret unanswered blank"),
    ("password_reset_token", "secret unanswered blank"),
    ("passwordResetToken", "secret unanswered blank"),
    ("token_hash", "secret unanswered blank"),
    ("key_hash", "unanswered blank"),
    ("otpHash", "unanswered"),
    ("AWS_CREDENTIALS", "secret blank"),
    ("HASH_SALT", "secret blank"),
    ("salt", "secret unanswered blank"),
    ("card_number", "unanswered"),
    ("cardNumber", "unanswered"),
    ("cvv2", "unanswered"),
    ("ssn", "unanswered"),
    # what is said of a secret
    ("JWT_VERIFY_SIGNATURE", ""),
    ("SKIP_TOKEN_CHECK", "blank"),
    ("REFRESH_TOKEN_ROTATE", "blank"),
    ("LOG_PASSWORDS", "blank"),
    ("token_type", "blank"),
    ("password_min_length", "blank"),
    ("passwordMinLength", "blank"),
    ("SECRET_KEY_FILE", "blank"),
    ("POSTGRES_PASSWORD_FILE", "blank"),
    ("SECRET_KEY_HEADER", "blank"),
    ("access_token_expire_minutes", "blank"),
    ("TOKEN_SECONDS", "blank"),
    ("TOKEN_URL", "blank"),
    ("TOKEN_EXPIRES_IN", "blank"),
    ("JWT_ALGORITHM", ""),
    ("csrf_token_name", "blank"),
    ("AWS_ACCESS_KEY_ID", "blank"),
    ("password_changed_at", "blank"),
    ("passwordSet", "blank"),
    ("password_hasher", "blank"),
    ("has_password", "blank"),
    ("ALLOW_EMPTY_PASSWORD", "blank"),
    ("must_change_password", "blank"),
    ("密码长度", "blank"),
    # what only sounds so
    ("public_key", "blank"),
    ("JWT_PUBLIC_KEY", "blank"),
    ("GPG_KEY", "blank"),
    ("cache_key", "blank"),
    ("primary_key", "blank"),
    ("tokenizer", "blank"),
    ("secretary", "blank"),
    ("monkey", "blank"),
    ("max_tokens", "blank"),
    ("prompt_tokens", "blank"),
    ("boarding_pass", "blank"),
    ("pass_rate", "blank"),
    ("compass", ""),
    ("passenger", ""),
    ("status", ""),
    ("house_number", ""),
    ("", ""),
)


@pytest.mark.parametrize(("name", "means"), TABLE)
def test_what_a_name_says_of_a_secret(name: str, means: str) -> None:
    assert " ".join(word for word, asked in MEANINGS if asked(name)) == " ".join(
        word for word, _ in MEANINGS if word in means.split()
    )
