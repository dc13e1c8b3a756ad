import os
import subprocess
import sys

BEGINNING = (
    "import os; from clinic import celery; before = os.nice(0); celery.settle(); print(os.nice(0) - before)"
)


def test_a_worker_gives_way_to_whoever_waits_for_a_page() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BEGINNING], capture_output=True, text=True, env=dict(os.environ), check=True
    )
    assert ran.stdout.strip() == "10"
