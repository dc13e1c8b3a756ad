from clinic.mail.letters import Letter
from clinic.mail.outbox import cancel, post, post_again, post_each, put_off

__all__ = ["Letter", "cancel", "post", "post_again", "post_each", "put_off"]
