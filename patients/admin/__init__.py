from patients.admin.finding_types import FindingTypeAdmin
from patients.admin.questionnaires import QuestionnaireAdmin

__all__ = ["FindingTypeAdmin", "QuestionnaireAdmin"]
