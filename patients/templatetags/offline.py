from django import template

from patients.offline_copy import code_version

register = template.Library()
register.simple_tag(code_version)
