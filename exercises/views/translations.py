"""Curators translate what exercises say, and see what is missing."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.access import requires
from clinic.errors import Refused
from clinic.http import StaffRequest, saying
from clinic.models import IN_ENGLISH, Language
from clinic.roles import CURATES
from exercises import actions, translations
from exercises.forms.translation import LanguageForm, ReviewForm, TranslationForm
from exercises.models import Exercise, ExerciseVersion, VersionTranslation
from patients.forms.refusals import show_refusal


@require_safe
@requires(CURATES)
def missing(request: StaffRequest) -> HttpResponse:
    """The whole catalogue, language by language."""
    exercises = list(Exercise.objects.visible_to(request.actor).assignable())
    context = {
        "rows": translations.states(exercises),
        "languages": [(language.value, IN_ENGLISH[language]) for language in translations.languages()],
    }
    return TemplateResponse(request, "exercises/translations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(CURATES)
def translate(request: StaffRequest, slug: str) -> HttpResponse:
    """One exercise, side by side with the English."""
    exercise, version = _in_use(request, slug)
    language = LanguageForm(request.GET).chosen() or translations.languages()[0]
    if request.method != "POST":
        return _page(request, exercise, version, language, _fresh(version, language))
    form = TranslationForm(request.POST, version=version, language=language)
    if form.is_valid():
        try:
            actions.save_translation(
                actor=request.actor,
                version=version,
                language=language,
                texts=form.cleaned_data,
                now=clock.now(),
            )
        except Refused as refused:
            show_refusal(form, refused)
        else:
            messages.success(request, _("Saved. Patients read it once it is reviewed."))
            return _back(exercise, language)
    return _page(request, exercise, version, language, form, status=422)


@require_POST
@requires(CURATES)
def review(request: StaffRequest, slug: str) -> HttpResponse:
    exercise, version = _in_use(request, slug)
    language = LanguageForm(request.GET).chosen() or translations.languages()[0]
    row = VersionTranslation.objects.filter(version=version, language=language).first()
    if row is None:
        messages.error(request, _("Nothing is written in this language yet."))
        return _back(exercise, language)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, exercise, version, language, _fresh(version, language), review=form, status=422)
    with saying(request, _("Reviewed. Patients read it from now on.")):
        actions.review_translation(
            actor=request.actor, translation=row, seen=form.cleaned_data["seen"], now=clock.now()
        )
    return _back(exercise, language)


def _in_use(request: StaffRequest, slug: str) -> tuple[Exercise, ExerciseVersion]:
    exercise = get_object_or_404(Exercise.objects.visible_to(request.actor).in_use(), slug=slug)
    assert exercise.current is not None  # in_use() loads none without
    return exercise, exercise.current


def _fresh(version: ExerciseVersion, language: Language) -> TranslationForm:
    begun = translations.beginning(version, language)
    form = TranslationForm(initial=dict(begun.texts), version=version, language=language)
    form.earlier = begun.number
    return form


def _page(  # noqa: PLR0913 - one is optional
    request: StaffRequest,
    exercise: Exercise,
    version: ExerciseVersion,
    language: Language,
    form: TranslationForm,
    *,
    review: ReviewForm | None = None,
    status: int = 200,
) -> HttpResponse:
    states = translations.states([exercise])[exercise]
    row = next(state.row for state in states if state.language is language)
    context = {
        "exercise": exercise,
        "version": version,
        "states": [(state, IN_ENGLISH[state.language]) for state in states],
        "into": language.value,
        "language_name": IN_ENGLISH[language],
        "form": form,
        "row": row,
        "review": review or ReviewForm(initial={"seen": row.written_at.isoformat() if row else ""}),
        "here": reverse("exercises:translations", args=[exercise.slug]),
    }
    return TemplateResponse(request, "exercises/translate.html", context, status=status)


def _back(exercise: Exercise, language: Language) -> HttpResponseRedirect:
    return redirect(f"{reverse('exercises:translations', args=[exercise.slug])}?language={language}")
