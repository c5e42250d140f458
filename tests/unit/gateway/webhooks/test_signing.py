from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from gateway.identity.sealing import Sealer
from gateway.webhooks import secrets
from gateway.webhooks.signing import headers, new_secret, sign, webhook_id

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_signature_of_the_specifications_own_example() -> None:
    secret, body = "whsec_plJ3nmyCDGBKInavdOK15jsl", b'{"event_type":"ping","data":{"success":true}}'
    signed = sign(secret, "msg_loFOjxBNrRLzqYUf", 1731705121, body)
    assert signed == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


@given(st.text(max_size=300).map(str.encode), st.integers(0, 2**31))
def test_signature_equals_the_librarys(body: bytes, second: int) -> None:
    secret, identifier = new_secret(), webhook_id(uuid4())
    expected = Webhook(secret).sign(identifier, datetime.fromtimestamp(second, UTC), body.decode())
    assert sign(secret, identifier, second, body) == expected


@given(st.binary(max_size=200), st.integers(1, 3))
def test_every_secret_of_a_rotation_verifies_and_no_other(noise: bytes, count: int) -> None:
    keys, body = [new_secret() for _ in range(count)], b'{"data":"' + noise.hex().encode() + b'"}'
    sent = headers(keys, "evt_1", datetime.now(UTC), body)
    for key in keys:
        assert Webhook(key).verify(body, sent) == {"data": noise.hex()}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, sent)
    with pytest.raises(WebhookVerificationError):
        Webhook(keys[0]).verify(body + b" ", sent)


def test_secret_is_as_long_as_the_specification_wants_and_never_the_same() -> None:
    made = {new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(secret.startswith("whsec_") and len(secret) == len("whsec_") + 44 for secret in made)


def test_sealed_secret_opens_for_its_own_endpoint_alone() -> None:
    sealer, endpoint_id, secret = Sealer(b"s" * 32), uuid4(), new_secret()
    sealed = secrets.seal(sealer, endpoint_id, secret)
    assert secrets.valid_secrets(sealer, endpoint_id, sealed, None, None, NOW) == [secret]
    for other_sealer, other_id in ((sealer, uuid4()), (Sealer(b"t" * 32), endpoint_id)):
        with pytest.raises(secrets.SecretUnreadable):
            secrets.valid_secrets(other_sealer, other_id, sealed, None, None, NOW)
