"""The demonstration organization: an invented property company with three months of cases.

Its cases are played through the real verbs and the real sweep with past times, so that timelines, deadlines,
warnings and reports are what they would be had the product been in use.
"""
