#!/bin/sh
# Runs once, when the database is made: the role of web, worker and beat. It owns nothing and cannot bypass row-level
# security; what the owner's migrations create later is granted to it by the default privileges.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set password="$APP_DATABASE_PASSWORD" --set database="$POSTGRES_DB" <<'SQL'
CREATE ROLE huiyin_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
GRANT CONNECT ON DATABASE :"database" TO huiyin_app;
GRANT USAGE ON SCHEMA public TO huiyin_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO huiyin_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO huiyin_app;
SQL
