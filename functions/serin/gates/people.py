"""Are two principals one person?"""

__all__ = ["same_person"]

_ASSUMED = ":assumed-role/"


def same_person(one: str, other: str) -> bool:
    """The same ARN, or two assumed roles with the same session name: who may assume both is still one.

    >>> same_person("arn:aws:sts::1:assumed-role/releaser/ann", "arn:aws:sts::1:assumed-role/approver/ann")
    True
    >>> same_person("arn:aws:sts::1:assumed-role/releaser/ann", "arn:aws:iam::1:user/ann")
    False
    """
    return one == other or (_ASSUMED in one and _ASSUMED in other and _session(one) == _session(other))


def _session(arn: str) -> str:
    return arn.rpartition("/")[2]
