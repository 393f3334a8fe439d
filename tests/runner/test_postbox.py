"""Does the postbox take what usual clients send? Python's own client, over a real socket."""

import smtplib

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
