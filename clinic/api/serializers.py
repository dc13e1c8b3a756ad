"""What the serializers of every app build on: bodies that hold nothing unexpected, keys that stay in the clinic."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.generics import GenericAPIView

from clinic.api.permissions import actor_of

if TYPE_CHECKING:
    Fields = serializers.Serializer
else:
    Fields = object

LONGEST_WORD = 60  # of a slug
MOST_NAMED = 20  # of a body full of nonsense


class StrictFields(Fields):
    """Refuses fields that do not exist or cannot be set: a misspelt name is an error, not a default."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            settable = {name for name, field in self.fields.items() if not field.read_only}
            if surplus := sorted(set(map(str, data)) - settable)[:MOST_NAMED]:
                problem = ErrorDetail(_("This field cannot be set."), "not_settable")
                raise serializers.ValidationError({name: [problem] for name in surplus})
        return super().to_internal_value(data)


class VisibleKey(serializers.PrimaryKeyRelatedField):
    """A foreign key to what the actor may see. Other clinics' ids and invented ones get the same answer."""

    def __init__(self, **kwargs: Any) -> None:
        if not kwargs.get("read_only"):
            kwargs.setdefault("pk_field", serializers.UUIDField())
        super().__init__(**kwargs)

    def get_queryset(self) -> QuerySet[Any]:
        return visible(self, super().get_queryset())


@extend_schema_field({"type": "string", "maxLength": LONGEST_WORD})
class Word(serializers.SlugRelatedField):
    """A foreign key by a word, such as a slug. Rows of no clinic need no more than this."""

    def to_internal_value(self, data: Any) -> Any:
        word = serializers.SlugField(max_length=LONGEST_WORD).run_validation(
            data
        )  # no NUL may reach the database
        return super().to_internal_value(word)


class VisibleWord(Word):
    def get_queryset(self) -> QuerySet[Any]:
        return visible(self, super().get_queryset())


def visible(field: serializers.Field, empty: QuerySet[Any] | None) -> QuerySet[Any]:
    """Fields are declared with ``Model.objects.none()``: only here, with an actor, do they find anything."""
    assert empty is not None  # read-only fields have none, and never look anything up
    rows: QuerySet[Any] = empty.model.objects.visible_to(actor_of(field.context["request"]))
    return rows


def asked(view: GenericAPIView, form: type[serializers.Serializer]) -> dict[str, Any]:
    """The checked query parameters of a list; of a parameter given twice the last one counts."""
    query = form(data=view.request.query_params.dict(), context=view.get_serializer_context())
    query.is_valid(raise_exception=True)
    return dict(query.validated_data)
