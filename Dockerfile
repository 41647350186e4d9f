# One image for web, worker, beat and migrations; docker-compose.yml says which command each runs.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

# What WeasyPrint opens for the PDF reports; the Chinese font comes with the front-end files below.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY requirements.txt constraints.txt ./
RUN pip install -r requirements.txt

COPY package.json package-lock.json .npmrc ./
COPY scripts scripts
RUN python -m scripts.assets

COPY . .
RUN python -m scripts.messages && python -m compileall -q . \
    && useradd --system --uid 10001 --home-dir /data --no-create-home huiyin \
    && mkdir /data && chown huiyin:huiyin /data

USER huiyin
ENV HUIYIN_DATA=/data
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "config.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "3", "--threads", "4", "--timeout", "60", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
