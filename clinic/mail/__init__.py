from clinic.mail.letters import Letter
from clinic.mail.outbox import cancel, post

__all__ = ["Letter", "cancel", "post"]
