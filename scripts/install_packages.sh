#!/bin/sh
# install_packages.sh NEED...: installs the Debian packages that scripts/packages.txt lists for these needs and that
# are missing. Starts no service: a policy-rc.d that denies it stands while apt-get runs, if there is none.
set -eu
here=$(dirname "$0")
policy=/usr/sbin/policy-rc.d

wanted=$(for need in "$@"; do sed -n "s/^$need //p" "$here/packages.txt"; done)
missing=
for package in $wanted; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These Debian packages are missing, and installing them needs root or sudo:$missing" >&2
    exit 1
  fi
  as_root=sudo
fi

echo "Installing Debian packages:$missing"
policy_is_ours=
remove_policy() { [ -z "$policy_is_ours" ] || $as_root rm -f "$policy"; }
trap remove_policy EXIT
trap 'exit 130' INT TERM
if [ ! -e "$policy" ]; then
  policy_is_ours=yes
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod 755 "$policy"
fi

apt() { $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -q -o Dpkg::Use-Pty=0 "$@" </dev/null; }
mkdir -p "$here/../.local"
log=$here/../.local/apt.log
# A word a package: the splitting is wanted.
# shellcheck disable=SC2086
if ! { apt update >"$log" 2>&1 && apt install -y --no-install-recommends $missing >>"$log" 2>&1; }; then
  tail -n 30 "$log" >&2
  echo "apt-get failed; its whole output is in $log" >&2
  exit 1
fi
