#!/bin/sh
# Makes sure that a queue exists with a value. See --help.
set -eu
usage='usage: setup-queue.sh --name NAME [--value VALUE] [option]...
Makes sure that a queue of this name exists and has this value; without --value
the value is the name.'
. "$(dirname "$0")/ctl.sh"

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

ctl queue ensure --value "${value:-$name}" -- "$name"
