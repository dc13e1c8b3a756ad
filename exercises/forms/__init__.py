from exercises.forms.assign import AssignForm, Start
from exercises.forms.bench import CHANGES, MOST_ITEMS, rearranged
from exercises.forms.catalogue import CatalogueFilter
from exercises.forms.end import EndForm
from exercises.forms.items import ItemForm
from exercises.forms.log import LogForm
from exercises.forms.records import ArchiveForm, MergeForm
from exercises.forms.reminders import ReminderTimeForm

__all__ = [
    "CHANGES",
    "MOST_ITEMS",
    "ArchiveForm",
    "AssignForm",
    "CatalogueFilter",
    "EndForm",
    "ItemForm",
    "LogForm",
    "MergeForm",
    "ReminderTimeForm",
    "Start",
    "rearranged",
]
