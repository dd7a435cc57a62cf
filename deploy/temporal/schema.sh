#!/bin/sh
# Creates Temporal's two databases and brings their schemas to the version of this image. Safe to run again: a database
# that exists is kept, and a schema is only ever brought forward. The password comes from SQL_PASSWORD, never from here.
set -eu

versions=/etc/temporal/schema/postgresql/v12

tool() {
  temporal-sql-tool --plugin postgres12 --endpoint "$POSTGRES_SEEDS" --port "$DB_PORT" --user "$POSTGRES_USER" "$@"
}

bring_forward() {
  tool --database "$1" create-database
  tool --database "$1" setup-schema --version 0.0
  tool --database "$1" update-schema --schema-dir "$versions/$2/versioned"
}

bring_forward temporal temporal
bring_forward temporal_visibility visibility
