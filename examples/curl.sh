#!/bin/sh
# Reads pictures with curl: sh examples/curl.sh [ADDRESS]
set -eu
cd "$(dirname "$0")"
address=${1:-http://127.0.0.1:8000}

# text; where the service is busy, curl waits as long as Retry-After says and asks again
curl --silent --show-error --fail-with-body --retry 5 -F file=@notice.png -F format=text "$address/ocr"

# each line as soon as it is read, of several pictures
curl --silent --show-error --fail-with-body --no-buffer -F file=@line-en.png -F file=@line-zh.png "$address/ocr/stream"
