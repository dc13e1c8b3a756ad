"""What a patient, and a clinic, may take away, and what becomes of each kind of row: see ``registry``."""
