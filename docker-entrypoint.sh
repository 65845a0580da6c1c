#!/bin/sh
# In the container, before the server: the sample brands become the brands file where there is none.
set -eu

for directory in "$DATA_DIR" "$(dirname "$BRANDS_CONFIG_FILE")"; do
    if [ ! -d "$directory" ] || [ ! -w "$directory" ]; then
        echo "$directory must be a directory that user $(id -u) may write to. Give the mounted directory to that user:" \
            "chown $(id -u) data" >&2
        exit 1
    fi
done

if [ ! -e "$BRANDS_CONFIG_FILE" ]; then
    # Whole or not at all.
    cp brands_config.json "$BRANDS_CONFIG_FILE.new"
    mv "$BRANDS_CONFIG_FILE.new" "$BRANDS_CONFIG_FILE"
fi

exec "$@"
