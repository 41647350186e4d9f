"""The monthly document: figures in, PDF out. It shows what is in the figures and computes none of its own.

Whatever else is printed goes through the same `pdf_of`.

layout.py       the figures arranged for the page: tiles, bars, rows
rendering.py    the template with that, through WeasyPrint
"""

from reporting.document.rendering import pdf_of, render_html, render_pdf, sheet_style

__all__ = ["pdf_of", "render_html", "render_pdf", "sheet_style"]
