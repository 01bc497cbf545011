#!/usr/bin/env bash
# Builds the server of one of go-utcp's gRPC examples: example_server.sh SOURCES EXAMPLE PROGRAM. The example starts its server on a port
# of its own, calls it and ends; the program built here is the same server on the address in its argument, and stays.
set -euo pipefail
sources=$1 example=$2 program=$3

# A folder of go-utcp's own module, so that its go.mod and go.sum pin what it needs.
folder=$sources/interop_$example
mkdir -p "$folder"
{
  # What only the calling part imports is left out with it; main is the last function.
  sed -e '/^func main() {/,$d' -e '\|^\tutcp "|d' -e '\|go-utcp/src/providers/|d' -e '\|go-utcp/src/transports/|d' -e '\|go-utcp/src/repository"|d' \
    -e 's|^import (|import (\n\t"os"|' "$sources/examples/$example/main.go"
  start=$(grep -o '^func start[A-Za-z]*(addr string)' "$sources/examples/$example/main.go" | grep -o 'start[A-Za-z]*')
  printf 'func main() {\n\t%s(os.Args[1])\n\tselect {}\n}\n' "$start"
  # Packages that the rest of the example may no longer use.
  printf '\nvar (\n\t_ = log.Print\n\t_ = time.Now\n\t_ = context.Background\n)\n'
} >"$folder/main.go"
(cd "$sources" && GOWORK=off go build -o "$program" "./interop_$example")
