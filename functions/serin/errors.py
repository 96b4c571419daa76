"""Every error that Serin raises on purpose, with its one HTTP status and its one exit code.

SerinError
├── BadRequest                what the caller sent can't be used
│   ├── InvalidInput          an inference request that does not fit the protocol or the signature
│   ├── UnsupportedMedia      a content type that inference does not speak
│   ├── TooLarge              a request over the payload limit
│   ├── InvalidModel          a model folder that can't be registered
│   ├── InvalidReceipt        a receipt that this stage did not sign, or not so
│   └── InvalidSettings       settings of an endpoint, or of this machine, that can't work
├── NotFound                  a model, version, release or endpoint that does not exist
├── Conflict                  somebody else changed it first, or it is already so
├── Throttled                 more requests than the plan or the function allows
├── NotReady                  the model is not loaded yet, or the endpoint has no release
├── SmokeFailed               a release whose golden examples do not come out as stored
├── RolledBack                a rollout that was waited for, and went back
├── GatesClosed               a version that the gates of its tier don't let out
├── AccessDenied              the caller's identity may not do this
└── Unavailable               a service on which Serin depends did not answer in time
"""

from typing import ClassVar

__all__ = [
    "AccessDenied",
    "BadRequest",
    "Conflict",
    "GatesClosed",
    "InvalidInput",
    "InvalidModel",
    "InvalidReceipt",
    "InvalidSettings",
    "NotFound",
    "NotReady",
    "RolledBack",
    "SerinError",
    "SmokeFailed",
    "Throttled",
    "TooLarge",
    "Unavailable",
    "UnsupportedMedia",
]


class SerinError(Exception):
    """A sentence for a person: the cause, and the next step where there is one."""

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1


class BadRequest(SerinError):
    status = 400
    exit_code = 2


class InvalidInput(BadRequest):
    status = 400
    exit_code = 2


class UnsupportedMedia(BadRequest):
    status = 415
    exit_code = 2


class TooLarge(BadRequest):
    status = 413
    exit_code = 2


class InvalidModel(BadRequest):
    status = 400
    exit_code = 3


class InvalidReceipt(BadRequest):
    status = 400
    exit_code = 2


class InvalidSettings(BadRequest):
    status = 400
    exit_code = 4


class NotFound(SerinError):
    status = 404
    exit_code = 5


class Conflict(SerinError):
    status = 409
    exit_code = 6


class Throttled(SerinError):
    status = 429
    exit_code = 7


class NotReady(SerinError):
    status = 503
    exit_code = 8


class SmokeFailed(SerinError):
    status = 500
    exit_code = 9


class RolledBack(SerinError):
    status = 409
    exit_code = 12


class GatesClosed(SerinError):
    status = 409
    exit_code = 13


class AccessDenied(SerinError):
    status = 403
    exit_code = 10


class Unavailable(SerinError):
    status = 503
    exit_code = 11
