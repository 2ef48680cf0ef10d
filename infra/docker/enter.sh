#!/bin/sh
# Gives a service the address of the database with its own role (the set-up step keeps the passwords in a volume), and
# becomes the command, so that signals reach it.
set -eu
if [ -n "${MILLRACE_DATABASE_ROLE:-}" ]; then
  password=$(cat "$MILLRACE_KEYS/$MILLRACE_DATABASE_ROLE.database-password")
  export DATABASE_URL="postgres://millrace_$MILLRACE_DATABASE_ROLE:$password@$MILLRACE_DATABASE"
fi
exec "$@"
