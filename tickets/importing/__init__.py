"""Complaints from CSV and XLSX files, loaded as history in their true times.

It lies with the tickets because a file that names departments brings their tickets along.
"""
