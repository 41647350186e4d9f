"""Files of a case: what may come in, in which form it is kept, and how it goes out again.

examining.py  decides by the content what a file is, and makes a Prepared of it (no database)
pictures.py   photos, encoded anew
documents.py  PDF, Office and text, looked through for active content
keeping.py    writes to the private store and deletes again what no row points to
serving.py    the answer that hands a file out
"""

from complaints.files.examining import Prepared, examine

__all__ = ["Prepared", "examine"]
