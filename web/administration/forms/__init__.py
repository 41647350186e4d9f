"""The forms of the administrator's pages."""
