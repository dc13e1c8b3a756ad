from clinic.actions.clinics import ClinicFields, add_member, change_member, create_clinic, update_clinic

__all__ = ["ClinicFields", "add_member", "change_member", "create_clinic", "update_clinic"]
