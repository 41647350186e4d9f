"""What people type, made clean and typed before a verb sees it."""
