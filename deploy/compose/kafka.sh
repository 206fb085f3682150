#!/bin/bash
# Checks the password of user storywatch, writes it into the configuration of both listeners, then runs the given command.
# The password stands between quotes in a configuration line: a quote in it could add users or options.
set -eu
LC_ALL=C # letters are those of ASCII
case ${KAFKA_PASSWORD} in
'' | *[!A-Za-z0-9_-]*)
    echo "KAFKA_PASSWORD: use letters, digits, - and _ only, for example what 'openssl rand -hex 24' prints" >&2
    exit 1
    ;;
esac
jaas="org.apache.kafka.common.security.plain.PlainLoginModule required username=\"storywatch\""
jaas="$jaas password=\"${KAFKA_PASSWORD}\" user_storywatch=\"${KAFKA_PASSWORD}\";"
export KAFKA_LISTENER_NAME_INTERNAL_PLAIN_SASL_JAAS_CONFIG="$jaas"
export KAFKA_LISTENER_NAME_HOST_PLAIN_SASL_JAAS_CONFIG="$jaas"
unset KAFKA_PASSWORD
exec "$@"
