"""What an owner looks after: the clinic's own data, and who works there. Never another clinic's."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from clinic import actions
from clinic.adminsite import AuditedAdmin, actor_of
from clinic.models import Clinic, Membership, User
from clinic.roles import Role

OWNS = frozenset({Role.OWNER})


@admin.register(Clinic)
class ClinicAdmin(AuditedAdmin):
    roles = OWNS
    fields = (
        *("name", "sender_name", "address", "phone", "urgent_number", "emergency_number"),
        *("urgent_days", "time_zone", "language"),
    )
    list_display = ("name", "phone", "urgent_number", "emergency_number")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Clinic]:
        return super().get_queryset(request).filter(pk=actor_of(request).clinic_id)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # the create_clinic command does that

    def save_model(self, request: HttpRequest, obj: Clinic, form: Any, change: bool) -> None:
        actions.update_clinic(actor=actor_of(request), clinic=obj, **form.cleaned_data)


class MemberForm(forms.ModelForm):
    """A person and the role in one form. The address is the sign-in: it is given once."""

    name = forms.CharField(
        label=_("Name"), max_length=120, validators=User._meta.get_field("name").validators
    )
    email = forms.EmailField(label=_("E-mail address"), max_length=254)

    class Meta:
        model = Membership
        fields = ("role", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            user = self.instance.user
            self.fields["name"].initial, self.fields["email"].initial = user.name, user.email
            self.fields["email"].disabled = True


@admin.register(Membership)
class MembershipAdmin(AuditedAdmin):
    roles = OWNS
    form = MemberForm
    list_display = ("person", "email", "role", "is_active")
    list_filter = ("role", "is_active")
    search_fields = ("user__name", "user__email")
    ordering = ("user__name",)
    list_select_related = ("user",)

    @admin.display(description=_("Name"), ordering="user__name")
    def person(self, member: Membership) -> str:
        return member.user.name

    @admin.display(description=_("E-mail address"), ordering="user__email")
    def email(self, member: Membership) -> str:
        return member.user.email

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).filter(clinic_id=actor_of(request).clinic_id)

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[Any]:
        return ["name", "email", "role", "is_active"] if obj else ["name", "email", "role"]

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        actor, given = actor_of(request), form.cleaned_data
        if change:
            actions.change_member(
                actor=actor,
                membership=obj,
                name=given["name"],
                role=Role(given["role"]),
                is_active=given["is_active"],
            )
            return
        assert actor.clinic_id is not None  # an owner has a clinic
        clinic = Clinic.objects.get(pk=actor.clinic_id)
        made = actions.add_member(
            actor=actor, clinic=clinic, email=given["email"], name=given["name"], role=Role(given["role"])
        )
        obj.pk, obj.user, obj.clinic = made.pk, made.user, made.clinic
        told = _t("%(name)s chooses a password through “Forgot your password?” on the sign-in page.")
        messages.info(request, told % {"name": made.user.name})
