#!/bin/sh
# Makes sure that a user exists. See --help.
set -eu
usage='usage: setup-user.sh --name NAME --email EMAIL --tenant CODE [--phone PHONE] [--queue VALUE] [--new-password-file FILE] [option]...
Makes sure that a user of this name exists with this mail address and tenant.
  --new-password-file FILE  holds the password of a user to be made; else
                            [PORPOISE_NEW_PASSWORD]. A user who is there keeps his.
  --phone PHONE
  --queue VALUE             used instead of the queue of the tenant'
. "$(dirname "$0")/api.sh"

name='' email='' tenant='' phone='' queue='' new_password=${PORPOISE_NEW_PASSWORD:-}
while [ $# -gt 0 ]; do
  read_common "$@"
  if [ $taken = 0 ]; then
    case $1 in
    --name) name=$(argument "$@") ;;
    --email) email=$(argument "$@") ;;
    --tenant) tenant=$(argument "$@") ;;
    --phone) phone=$(argument "$@") ;;
    --queue) queue=$(argument "$@") ;;
    --new-password-file) new_password=$(cat -- "$(argument "$@")") || exit 2 ;;
    *) wrong "unknown argument: $1" ;;
    esac
    taken=2
  fi
  shift $taken
done
[ -n "$name" ] || wrong "--name is missing"
[ -n "$email" ] || wrong "--email is missing"
[ -n "$tenant" ] || wrong "--tenant is missing"

connect
tenant_row=$(find_row /tenant/list-paging tenantCode "$tenant")
[ -n "$tenant_row" ] || fail 1 "there is no tenant '$tenant'"
tenant_id=$(of "$tenant_row" id)

# save calls create or update with what both take.
save() { # path arguments...
  path=$1
  shift
  call POST "$path" "$@" --data-urlencode "userName=$name" --data-urlencode "email=$email" \
    --data "tenantId=$tenant_id" --data-urlencode "phone=$phone" --data-urlencode "queue=$queue" >/dev/null
}

row=$(find_row /users/list-paging userName "$name")
if [ -z "$row" ]; then
  [ -n "$new_password" ] || wrong "user '$name' is to be made: give his password"
  secret new-password "$new_password"
  save /users/create --data-urlencode "userPassword@$private/new-password"
  row=$(find_row /users/list-paging userName "$name")
  say "user '$name' created"
elif [ "$(of "$row" email)" != "$email" ] || [ "$(of "$row" tenantId)" != "$tenant_id" ] ||
  { [ -n "$phone" ] && [ "$(of "$row" phone)" != "$phone" ]; } ||
  { [ -n "$queue" ] && [ "$(of "$row" queue)" != "$queue" ]; }; then
  phone=${phone:-$(of "$row" phone)}
  save /users/update --data "id=$(of "$row" id)" --data userPassword=
  say "user '$name' changed"
else
  say "user '$name' is there"
fi
of "$row" id
