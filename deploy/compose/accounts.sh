#!/bin/sh
# A running Elasticsearch in; the user of the workers, with the rights that docs/deploying.md lists, and Kibana's own
# password out. Safe to repeat.
set -eu

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
