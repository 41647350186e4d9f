"""The code that opens a case on the public page: told once, stored only as a digest.

80 bits in an alphabet without 0, 1, I and O, in groups of four that can be copied from paper.
"""

import hmac
from hashlib import sha256
from uuid import UUID

from django.utils.crypto import salted_hmac

from organizations.models import Organization
from organizations.text import comparable

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LONGEST_TYPED = 100
_BITS, _LENGTH, _GROUP = 5, 16, 4
_NOBODY = "0" * 64  # the digest of no code


def passcode_for(organization: Organization, request_key: UUID) -> str:
    """The code of the case that a form with this key brings in: 「7KQM-2XHB-…」.

    Keyed with SECRET_KEY and not drawn anew, so that the same form sent twice is answered with the same code,
    whichever of the two answers the browser shows.
    """
    seed = f"{organization.pk}:{request_key}"
    drawn = int.from_bytes(salted_hmac("complaints.passcodes", seed, algorithm="sha256").digest(), "big")
    letters = "".join(ALPHABET[drawn >> (_BITS * place) & 31] for place in range(_LENGTH))
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def digest_of(organization: Organization, number: str, passcode: str) -> str:
    """What is stored of a code, as it was typed by whatever hand.

    The code is as random as a key, so it needs no stretching; and the digest does not depend on SECRET_KEY,
    so that a new one locks nobody out.
    """
    typed = comparable(passcode[:LONGEST_TYPED]).upper()
    bare = "".join(sign for sign in typed if sign in ALPHABET)
    return sha256(f"{organization.pk}:{number}:{bare}".encode()).hexdigest()


def is_right(stored: str | None, given: str) -> bool:
    """Whether a digest is the stored one; takes as long where nothing is stored."""
    return hmac.compare_digest(stored or _NOBODY, given)
