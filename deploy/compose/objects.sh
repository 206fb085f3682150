#!/bin/sh
# Imports the data views, searches and dashboards of Storywatch into Kibana. Safe to repeat.
set -eu
curl --silent --show-error --fail-with-body --output /dev/null --user "elastic:${ELASTIC_PASSWORD}" \
    --header 'kbn-xsrf: storywatch' --form file=@/storywatch.ndjson \
    'http://kibana:5601/api/saved_objects/_import?overwrite=true'
echo "objects are ready"
