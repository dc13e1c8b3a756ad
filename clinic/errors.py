"""The one exception with which an action says no."""


class Refused(Exception):
    """The action was not carried out and nothing was written.

    ``message`` is fit for the person at the screen, ``code`` for programs, ``field`` (optional) names the form
    field at which the message belongs.
    """

    def __init__(self, message: str, *, code: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message, self.code, self.field = message, code, field
