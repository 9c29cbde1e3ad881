#!/bin/sh
# The logins, made once when the data folder is: a service's may become its runtime role and has no rights of its own;
# the migrator may make roles and schemas, and is no superuser. Everything else about roles is Caravan's.
#
# Each password comes from the variable, or from the file that the variable with _FILE names.
set -eu

password() {
  eval "value=\${$1:-} file=\${$1_FILE:-}"
  [ -z "$file" ] || value=$(cat "$file")
  [ -n "$value" ] || { echo "10-logins.sh: neither $1 nor $1_FILE is set" >&2; exit 1; }
  printf '%s' "$value"
}

migrator=$(password MIGRATOR_PASSWORD) platform=$(password PLATFORM_PASSWORD) trading=$(password TRADING_PASSWORD)

psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
  --set migrator="$migrator" --set platform="$platform" --set trading="$trading" <<'SQL'
CREATE ROLE migrator LOGIN CREATEROLE PASSWORD :'migrator';
GRANT CREATE ON DATABASE :"DBNAME" TO migrator;
CREATE ROLE platform_runtime NOLOGIN;
CREATE ROLE platform_service LOGIN NOINHERIT PASSWORD :'platform' IN ROLE platform_runtime;
CREATE ROLE trading_runtime NOLOGIN;
CREATE ROLE trading_service LOGIN NOINHERIT PASSWORD :'trading' IN ROLE trading_runtime;
SQL
