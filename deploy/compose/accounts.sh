#!/bin/sh
# Makes the user of the workers in Elasticsearch, with the rights that docs/deploying.md lists, and sets the password of
# Kibana's own user. Safe to repeat.
set -eu
LC_ALL=C # letters are those of ASCII

check() { # both stand in JSON, and the first in a URL
    case $2 in
    '' | *[!A-Za-z0-9_-]*)
        echo "$1: use letters, digits, - and _ only, for example what 'openssl rand -hex 24' prints" >&2
        exit 1
        ;;
    esac
}
check ELASTICSEARCH_PASSWORD "${ELASTICSEARCH_PASSWORD}"
check KIBANA_PASSWORD "${KIBANA_PASSWORD}"

put() {
    curl --silent --show-error --fail-with-body --output /dev/null --user "elastic:${ELASTIC_PASSWORD}" \
        --request "$1" --header 'Content-Type: application/json' --data "$3" "http://elasticsearch:9200$2"
}

put PUT /_security/role/storywatch '{
    "cluster": ["monitor", "manage_index_templates", "manage_ilm"],
    "indices": [{"names": ["storywatch-*"],
                 "privileges": ["read", "write", "create_index", "view_index_metadata", "manage"]}]
}'
put PUT /_security/user/storywatch "{\"password\": \"${ELASTICSEARCH_PASSWORD}\", \"roles\": [\"storywatch\"]}"
put POST /_security/user/kibana_system/_password "{\"password\": \"${KIBANA_PASSWORD}\"}"
echo "accounts are ready"
