"""Whether the web server of this container answers: `python -m scripts.healthy`, exit code 0 or 1.

It asks as the proxy would, with the first allowed host and over https, else Django would answer with a
redirect.
"""

from __future__ import annotations

import http.client
import os
import sys


def healthy(port: int, host: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    try:
        connection.request("GET", "/", headers={"Host": host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    first_host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip() or "localhost"
    sys.exit(0 if healthy(int(os.environ.get("PORT", "8000")), first_host) else 1)
