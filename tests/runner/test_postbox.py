"""Does the postbox take what usual clients send? Python's own client, over a real socket."""

import smtplib
from email.message import EmailMessage

from runner.live.ports import LOOPBACK
from runner.live.postbox import Postbox
from runner.live.workshop import Workshop


def test_a_mail_is_taken_with_and_without_a_name() -> None:
    box = Postbox()
    try:
        for signed in (False, True):
            with smtplib.SMTP(LOOPBACK, box.port, timeout=5) as client:
                if signed:
                    client.login("anybody", "any password")
                client.sendmail("shop@example.com", ["a@example.com"], "Subject: hi\r\n\r\nA dot:\r\n.\r\nand more")
        assert box.taken == 2
    finally:
        box.close()


def test_a_mail_is_read_in_all_its_parts() -> None:
    mail = EmailMessage()
    mail["To"], mail["Subject"] = "a@example.com", "Ein neues Paßwort"
    long = f"https://shop.example.com/reset?token={'x' * 90}"
    mail.set_content(f"Hello,\n.\n{long}")
    mail.add_alternative(f"<a href='{long}&amp;lang=en'>go on</a>", subtype="html")
    box = Postbox()
    try:
        with smtplib.SMTP(LOOPBACK, box.port, timeout=5) as client:
            client.sendmail("shop@example.com", ["b@example.com"], "Subject: an earlier one\r\n\r\nhi")
            client.sendmail("shop@example.com", ["a@example.com"], mail.as_bytes())
        (text,) = box.texts_since(1)
    finally:
        box.close()
    assert text.startswith("a@example.com\nEin neues Paßwort\n")
    assert f"\n.\n{long}\n" in text
    assert f"{long}&lang=en" in text


def test_both_ways_to_sign_in_are_known() -> None:
    box = Postbox()
    try:
        with smtplib.SMTP(LOOPBACK, box.port, timeout=5) as client:
            client.ehlo()
            client.user, client.password = "anybody", "secret"
            assert client.auth("LOGIN", client.auth_login)[0] == 235
            assert client.auth("PLAIN", client.auth_plain, initial_response_ok=False)[0] == 235
    finally:
        box.close()


def test_the_workshop_has_one_and_closes_it() -> None:
    with Workshop() as workshop:
        port = workshop.postbox().port
        assert workshop.postbox().port == port
    another = Postbox()
    another.close()
