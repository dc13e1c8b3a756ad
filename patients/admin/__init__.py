from patients.admin.questionnaires import QuestionnaireAdmin

__all__ = ["QuestionnaireAdmin"]
