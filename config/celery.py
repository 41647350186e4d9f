"""The Celery application.

Celery carries out; the database remembers. A message is only ever a wake-up: every task finds its work in
the database, so a lost, doubled or late message changes nothing but the moment.
"""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
TRANSPORT_ALIASES["safefs"] = "config.file_broker:Transport"

app = Celery("huiyin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
