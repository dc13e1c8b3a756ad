from patients.outcomes.board import Board, board
from patients.outcomes.entries import Entry, find

__all__ = ["Board", "Entry", "board", "find"]
