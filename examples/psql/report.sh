#!/bin/sh
# Access for as long as the report takes: asked for, claimed and ended by one line.
# DBACCESS_URL says where; who asks is known from where this runs (docs/jobs.md).
set -eu
cd "$(dirname "$0")"

dbaccess exec --database shop --profile masked-read --ttl 10m --reason "weekly report" -- \
	psql -X -v ON_ERROR_STOP=1 -f report.sql
