# shellcheck shell=sh disable=SC2034 # settings are used by the scripts that read this
# What the setup scripts beside this file share: where to and as whom, and how
# `porpoise ctl` is called. It is not a command.
#
# Needs the program porpoise: the one that PORPOISE_BIN names, that of this
# folder's checkout, or the one on the PATH. Secrets never stand on a command
# line: it gets them by the environment.

usage_common='where and as whom:
  --url URL              of the API [PORPOISE_URL, http://127.0.0.1:12345/dolphinscheduler]
  --token TOKEN          access token [PORPOISE_TOKEN]; without one, sign in as
  --user NAME            this user [PORPOISE_USER, admin]
  --password-file FILE   whose password is in this file; else [PORPOISE_PASSWORD]
  -h, --help             print this

prints the id on standard output, what was done on standard error
exit status: 0 done, or there already; 1 refused by the server; 2 wrong usage;
3 not reached or not signed in'

program=${0##*/}
url=${PORPOISE_URL:-http://127.0.0.1:12345/dolphinscheduler}
token=${PORPOISE_TOKEN:-}
user=${PORPOISE_USER:-admin}
password=${PORPOISE_PASSWORD:-}

say() { printf '%s: %s\n' "$program" "$*" >&2; }
fail() { # status message...
  status=$1
  shift
  say "$@"
  exit "$status"
}
wrong() { fail 2 "$@; see $program --help"; }

# read_common takes one of the common options; taken says how many arguments
# it used, 0 when it is none of them.
read_common() {
  taken=2
  case $1 in
  --url) url=$(argument "$@") ;;
  --token) token=$(argument "$@") ;;
  --user) user=$(argument "$@") ;;
  --password-file) password=$(cat -- "$(argument "$@")") || exit 2 ;;
  -h | --help)
    printf '%s\n\n%s\n' "$usage" "$usage_common"
    exit 0
    ;;
  *) taken=0 ;;
  esac
}

# argument gives the value that follows an option.
argument() {
  [ $# -ge 2 ] || wrong "$1 needs a value"
  printf '%s' "$2"
}

# find_porpoise says which program is called.
find_porpoise() {
  if [ -n "${PORPOISE_BIN:-}" ]; then
    printf '%s' "$PORPOISE_BIN"
  elif [ -x "$(dirname "$0")/../bin/porpoise" ]; then
    printf '%s' "$(dirname "$0")/../bin/porpoise"
  else
    command -v porpoise || fail 3 "porpoise is not installed: put it on the PATH, or say where it is by PORPOISE_BIN"
  fi
}

# credentials checks that there are any.
credentials() {
  [ -n "$token$password" ] || wrong "give a token, or a password in PORPOISE_PASSWORD or --password-file"
}

# ctl calls porpoise ctl, which speaks for this script and decides its status.
ctl() {
  credentials
  binary=$(find_porpoise) || exit
  if [ -n "$token" ]; then
    user='' password=''
  fi
  PORPOISE_SERVER=$url PORPOISE_TOKEN=$token PORPOISE_USER=$user PORPOISE_PASSWORD=$password \
    PORPOISE_CTL_CONFIG=/nonexistent/ctl.yaml exec "$binary" ctl "$@"
}
