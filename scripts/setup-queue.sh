#!/bin/sh
# Makes sure that a queue exists with a value. See --help.
set -eu
usage='usage: setup-queue.sh --name NAME [--value VALUE] [option]...
Makes sure that a queue of this name exists and has this value; without --value
the value is the name.'
. "$(dirname "$0")/api.sh"

name='' value=''
while [ $# -gt 0 ]; do
  read_common "$@"
  if [ $taken = 0 ]; then
    case $1 in
    --name) name=$(argument "$@") ;;
    --value) value=$(argument "$@") ;;
    *) wrong "unknown argument: $1" ;;
    esac
    taken=2
  fi
  shift $taken
done
[ -n "$name" ] || wrong "--name is missing"
value=${value:-$name}

connect
row=$(find_row /queue/list-paging queueName "$name")
if [ -z "$row" ]; then
  call POST /queue/create --data-urlencode "queueName=$name" --data-urlencode "queue=$value" >/dev/null
  row=$(find_row /queue/list-paging queueName "$name")
  say "queue '$name' created"
elif [ "$(of "$row" queue)" != "$value" ]; then
  call POST /queue/update --data "id=$(of "$row" id)" \
    --data-urlencode "queueName=$name" --data-urlencode "queue=$value" >/dev/null
  say "queue '$name' changed"
else
  say "queue '$name' is there"
fi
of "$row" id
