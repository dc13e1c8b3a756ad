from django.db import models
from django.utils.translation import gettext_lazy as _


class MailDomainCheck(models.Model):
    """One row: what the DNS said last about the domain that our e-mail comes from (clinic/mail_domain).

    ``findings``: what `Finding.as_json` writes, in the order of the checks. ``asked_at``: when somebody pressed the
    button, so that a check under way shows.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    asked_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    findings = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(id=1),
                name="mail_domain_is_one_row",
                violation_error_message=_("One row only."),
            )
        ]

    def __str__(self) -> str:
        return f"checked {self.checked_at}"
