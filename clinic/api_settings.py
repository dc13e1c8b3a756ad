"""What the API's frameworks are told, for clinic/settings.py."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["clinic.api.authentication.StaffSession"],
    "DEFAULT_PERMISSION_CLASSES": ["clinic.api.permissions.RolePermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["clinic.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "clinic.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "clinic.api.schema.RoleSchema",
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would describe fields to whoever may read; the schema does it better
    "EXCEPTION_HANDLER": "clinic.api.errors.handle",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Footwork API",
    "VERSION": "1",
    "DESCRIPTION": "Catalogue, patients, findings, programmes and logs of a podiatry clinic.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["clinic.api.permissions.IsStaffOfClinic"],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "clinic.api.schema.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {"FindingSide": "patients.models.Side", "ExerciseSide": "exercises.models.Side"},
}
