"""Are two principals one person?"""

__all__ = ["same_person"]


def same_person(one: str, other: str) -> bool:
    """The same name at the end of their ARNs, whether a user's or a role session's: who may be both is still one.

    AWS doesn't tell apart names of users that differ in case only, and a session is often named after its user.

    >>> same_person("arn:aws:sts::1:assumed-role/releaser/ann", "arn:aws:sts::1:assumed-role/approver/Ann")
    True
    >>> same_person("arn:aws:iam::1:user/team/ann", "arn:aws:sts::1:assumed-role/approver/ann")
    True
    >>> same_person("arn:aws:sts::1:assumed-role/approver/ann", "arn:aws:sts::1:assumed-role/approver/bob")
    False
    """
    return _name(one) == _name(other)


def _name(arn: str) -> str:
    return arn.rpartition("/")[2].casefold()
