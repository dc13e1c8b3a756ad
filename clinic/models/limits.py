from django.db import models


class Attempt(models.Model):
    """How often something was tried in one window of time: a hash of what is counted, never the address itself.

    In PostgreSQL and not in the cache: these counts decide who gets in, and Redis may be away.
    """

    key = models.CharField(max_length=64)
    window_from = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key", "window_from"],
                name="attempt_once_a_window",
                violation_error_message="This window is counted already.",
            ),
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^[0-9a-f]{64}$"),
                name="attempt_holds_hash_only",
                violation_error_message="Only the hash of what is counted is stored.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} since {self.window_from:%Y-%m-%d %H:%M}"
