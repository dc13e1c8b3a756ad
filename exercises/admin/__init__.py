"""Where curators edit, compare, publish and retire. Every write is an action, nothing is deleted."""

from exercises.admin.exercise import ExerciseAdmin
from exercises.admin.routine import RoutineAdmin

__all__ = ["ExerciseAdmin", "RoutineAdmin"]
