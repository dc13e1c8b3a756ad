"""Questionnaires of a clinic, and what was answered."""

from exercises.fhir.clinical import MISTAKE
from exercises.fhir.datatypes import Json, concept, day, instant, quantity, said, term
from exercises.fhir.world import Row, World


def questionnaire(world: World, row: Row) -> list[Json]:
    stage = {"draft": "draft", "published": "active"}.get(row["stage"], "retired")
    return [
        world.resource("patients.Questionnaire", row)
        | said(
            url=world.canonical("Questionnaire", str(row["id"])),
            version=str(row["version"]),
            title=row["title"],
            status=stage,
            subjectType=["Patient"],
            language=row["language"],
            description=row["instructions"],
            copyright=row["licence_holder"],
            item=[
                {"linkId": str(item["position"]), "text": item["text"], "type": "integer"}
                for item in row["items"]
            ],
        )
    ]


def answers(world: World, row: Row) -> list[Json]:
    """A question left out is missing. The score is an observation of its own, derived from the answers."""
    asked = world.by_key("patients.Questionnaire")[row["questionnaire_id"]]
    items = [
        {
            "linkId": str(item["position"]),
            "text": item["text"],
            "answer": [{"valueInteger": row["answers"][str(item["position"])]}],
        }
        for item in asked["items"]
        if row["answers"].get(str(item["position"])) is not None
    ]
    mistake = row["status"] == "entered_in_error"
    response = world.resource("patients.QuestionnaireResponse", row) | said(
        questionnaire=world.canonical("Questionnaire", str(asked["id"]), asked["version"]),
        status=MISTAKE if mistake else "completed",
        subject=world.subject(row),
        authored=instant(row["recorded_at"]),
        author=world.staff(row["recorded_by_id"]),
        item=items,
    )
    if row["score"] is None:
        return [response]
    score = said(
        resourceType="Observation",
        id=f"score-{row['id']}",
        status=MISTAKE if mistake else "final",
        category=[term("observation-category", "survey")],
        code=concept(asked["title"], world.code(f"score-{asked['code']}")),
        subject=world.subject(row),
        effectiveDateTime=day(row["on"]),
        valueQuantity=quantity(row["score"], "score", "{score}"),
        derivedFrom=[world.ref("patients.QuestionnaireResponse", row["id"])],
    )
    return [response, score]
