"""What the layers above have to know of in the same transaction."""

from django.dispatch import Signal

# A locked case has ended otherwise than by its own close-out: merged, or its handling ended. Arguments: case,
# now, directory (None: whoever listens reads its own). A receiver that raises undoes the end.
case_ended = Signal()
