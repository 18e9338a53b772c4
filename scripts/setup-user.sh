#!/bin/sh
# Makes sure that a user exists. See --help.
set -eu
usage='usage: setup-user.sh --name NAME --email EMAIL --tenant CODE [--phone PHONE] [--queue VALUE] [--new-password-file FILE] [option]...
Makes sure that a user of this name exists with this mail address and tenant.
  --new-password-file FILE  holds the password of a user to be made; else
                            [PORPOISE_NEW_PASSWORD]. A user who is there keeps his.
  --phone PHONE
  --queue VALUE             used instead of the queue of the tenant'
. "$(dirname "$0")/ctl.sh"

name='' email='' tenant='' phone='' queue=''
while [ $# -gt 0 ]; do
  read_common "$@"
  if [ $taken = 0 ]; then
    case $1 in
    --name) name=$(argument "$@") ;;
    --email) email=$(argument "$@") ;;
    --tenant) tenant=$(argument "$@") ;;
    --phone) phone=$(argument "$@") ;;
    --queue) queue=$(argument "$@") ;;
    --new-password-file)
      PORPOISE_NEW_PASSWORD=$(cat -- "$(argument "$@")") || exit 2
      export PORPOISE_NEW_PASSWORD
      ;;
    *) wrong "unknown argument: $1" ;;
    esac
    taken=2
  fi
  shift $taken
done
[ -n "$name" ] || wrong "--name is missing"
[ -n "$email" ] || wrong "--email is missing"
[ -n "$tenant" ] || wrong "--tenant is missing"

# What is not given stays as it is.
set -- --email "$email" --tenant "$tenant"
[ -z "$phone" ] || set -- "$@" --phone "$phone"
[ -z "$queue" ] || set -- "$@" --queue "$queue"
ctl user ensure "$@" -- "$name"
