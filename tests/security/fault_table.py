"""Slips that somebody could make in the code, each with the tests of its check that must notice it.

``tests/security/faults.py`` makes them one at a time, in a copy. Those of the rules for answers are in ``test_planted.py``.
"""

from tests.security.fault import Fault
from tests.security.faults_of_doors import OF_DOORS
from tests.security.faults_of_input import OF_INPUT

FAULTS: list[Fault] = sorted([*OF_DOORS, *OF_INPUT], key=lambda fault: fault.check)
