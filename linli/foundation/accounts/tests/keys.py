"""A passkey in software, for tests: P-256, no attestation."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT_AND_VERIFIED = 0x01 | 0x04
WITH_CREDENTIAL = 0x40


class SoftKey:
    """One credential of one site."""

    def __init__(self, site: str, origin: str) -> None:
        self.site, self.origin = site, origin
        self.id = secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.uses = 0

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        ).encode()

    def _answer(self, response: dict[str, str]) -> dict[str, Any]:
        name = websafe_encode(self.id)
        return {
            "id": name, "rawId": name, "type": "public-key", "authenticatorAttachment": "platform",
            "clientExtensionResults": {}, "response": response,
        }  # fmt: skip

    def create(self, options: dict[str, Any]) -> dict[str, Any]:
        """What a browser answers to a creation question."""
        client = self._client_data("webauthn.create", options["publicKey"]["challenge"])
        credential = AttestedCredentialData.create(
            b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        site = hashlib.sha256(self.site.encode()).digest()
        data = AuthenticatorData.create(site, PRESENT_AND_VERIFIED | WITH_CREDENTIAL, 0, credential)
        attestation = AttestationObject.create("none", data, {})
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client),
                "attestationObject": websafe_encode(bytes(attestation)),
            }
        )

    def get(self, options: dict[str, Any]) -> dict[str, Any]:
        """What a browser answers to a sign-in question."""
        self.uses += 1
        client = self._client_data("webauthn.get", options["publicKey"]["challenge"])
        site = hashlib.sha256(self.site.encode()).digest()
        data = AuthenticatorData.create(site, PRESENT_AND_VERIFIED, self.uses)
        signature = self.key.sign(bytes(data) + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": websafe_encode(client),
                "authenticatorData": websafe_encode(bytes(data)),
                "signature": websafe_encode(signature),
            }
        )
