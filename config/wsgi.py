"""The WSGI entry point."""

import os

from django.core.wsgi import get_wsgi_application

from config.garbage import spare_what_stays

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
spare_what_stays()
