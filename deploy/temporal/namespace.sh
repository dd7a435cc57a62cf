#!/bin/sh
# Creates Lifeboat's namespace and its search attributes, each of type Keyword. Safe to run again: what exists is kept,
# except that the namespace's retention is set to what is asked for.
#
# TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_RETENTION and LIFEBOAT_SEARCH_ATTRIBUTES come from the compose file.
set -eu

until temporal operator cluster health >/dev/null 2>&1; do
  echo "Temporal at $TEMPORAL_ADDRESS is not healthy yet"
  sleep 2
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$TEMPORAL_RETENTION"
fi

# A new namespace is known to every host of the server only after some seconds.
for attribute in $LIFEBOAT_SEARCH_ATTRIBUTES; do
  until temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE" | grep -qw "$attribute"; do
    temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" --name "$attribute" --type Keyword ||
      sleep 2
  done
  echo "search attribute $attribute is there"
done
