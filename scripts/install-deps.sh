#!/bin/sh
# Installs, from Debian's packages, the programs that tests need and that are
# absent: MariaDB, PostgreSQL, etcd, Python 3, curl, gcc, Chromium, Node. Does
# nothing when all are there.
# Never starts a system service. Uses sudo only when not root.
#
# usage: scripts/install-deps.sh [--list]
#   --list  print the missing packages and install nothing
#
# Where they cannot be installed it says so and ends with 0 (with 1 under CI=true):
# tests that need one of them skip and say why.
set -eu

case "${1:-}" in
-h | --help) sed -n '2,/^set/s/^# \{0,1\}//p' "$0"; exit 0 ;;
esac

# Servers live where an ordinary user's PATH does not look.
PATH=$PATH:/usr/sbin:/sbin

missing=
need() { # program package
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need mariadbd mariadb-server
# Debian keeps PostgreSQL's programs in a folder per version.
command -v postgres >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 ||
  missing="$missing postgresql"
need etcd ETCD
need python3 python3
need curl curl
need ps procps
# Pages are tested in a real browser, driven from Node 20 or later.
need chromium chromium
need node nodejs
need npm npm
# The race detector needs a C compiler.
need gcc gcc
[ -e /usr/include/stdlib.h ] || missing="$missing libc6-dev"
[ -n "$missing" ] || exit 0
# Debian's releases name etcd differently; without package lists the newer name
# is taken, so this is done again once they are fresh.
offered() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }
name_etcd() {
  etcd=etcd-server
  offered etcd-server || ! offered etcd || etcd=etcd
  missing=$(echo "$1" | sed "s/ETCD/$etcd/")
}
wanted=$missing
if [ "${1:-}" = --list ]; then
  name_etcd "$wanted"
  echo "${missing# }"
  exit 0
fi

give_up() {
  echo "install-deps: $1; missing:$missing. Tests that need them will skip." >&2
  [ "${CI:-}" != true ] || exit 1 # there, skipping would pass for success
  exit 0
}
command -v apt-get >/dev/null 2>&1 || give_up "this is no Debian system"
as_root=
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || give_up "not root, and sudo asks for a password"
  as_root="sudo -n"
fi

# A policy script that forbids starting services, for the time of the
# installation, and only where there is none already.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
  $as_root chmod 755 $policy
  trap '$as_root rm -f $policy' EXIT
fi

echo "install-deps: installing what is missing from Debian's packages"
quiet() { # command...: its output is shown only when it fails
  if ! out=$("$@" 2>&1 </dev/null); then
    echo "$out" >&2
    return 1
  fi
}
# shellcheck disable=SC2086 # lists of words
install() {
  quiet $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $missing
}
quiet $as_root apt-get update || echo "install-deps: the package lists could not be refreshed" >&2
name_etcd "$wanted"
install || give_up "apt-get failed"
