"""What spinlens tells its users: input that cannot be used, and results to take with care."""


class InputError(ValueError):
    """Bad input: one line with the field, the value given, and what is allowed."""

    def __init__(self, field: str, value: object, allowed: str) -> None:
        super().__init__(field, value, allowed)  # all three, so that it crosses process borders

    def __str__(self) -> str:
        field, value, allowed = self.args
        return f"{field}: {value!r} is not usable; {allowed}"


class UnseenWarning(UserWarning):
    """A network reads snapshots of a system that it was not trained on."""
