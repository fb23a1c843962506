#!/bin/sh
# fresh_machine.sh [DIRECTORY]: proves `make test` and `make up` in a bare Debian 12 that has only make and git. By hand,
# as root, before a release; takes about a quarter of an hour and 3 GB in DIRECTORY (build/fresh_machine), removed at the end
# unless KEEP=1: then the next run goes on there with the newest commit. Packages come from where this machine's own come from.
set -eu
cd "$(dirname "$0")/.."
source_tree=$PWD
root=$(realpath -m "${1:-build/fresh_machine}")
checkout=/root/vigie  # closed to other accounts, as root's home is: the private PostgreSQL must cope

[ "$(id -u)" -eq 0 ] || { echo "fresh_machine.sh needs root, for debootstrap and chroot." >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "fresh_machine.sh needs debootstrap." >&2; exit 1; }

# The first Debian archive of this machine's own sources, in either of their two forms.
archive=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
  sed -n -e 's/^URIs: *\([^ ]*\/debian\)\/\{0,1\}$/\1/p' -e 's/^deb .*\(https\{0,1\}:[^ ]*\/debian\)\/\{0,1\} .*/\1/p' | head -n 1)
[ -n "$archive" ] || { echo "No Debian archive found in /etc/apt." >&2; exit 1; }

unmount() {
  for mount in dev/pts dev/shm dev proc sys; do umount -l "$root/$mount" 2>/dev/null || true; done
}
clean() {
  unmount
  # Only what is no longer mounted may be removed: /dev is the machine's own.
  if [ -z "${KEEP:-}" ] && ! grep -q " $root/" /proc/mounts; then rm -rf "$root"; fi
}
trap clean EXIT
trap 'exit 130' INT TERM

begin=$(date +%s)
step() { printf '\n== %s (%s s)\n' "$1" "$(($(date +%s) - begin))"; }
inside() { chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CI=true \
  ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} sh -ec "$1" </dev/null; }

if [ ! -e "$root$checkout" ]; then
  step "a bare Debian 12"
  mkdir -p "$root"
  debootstrap --variant=minbase --include=make,git,ca-certificates bookworm "$root" "$archive" >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log" >&2; exit 1; }
fi
for file in /etc/apt/apt.conf.d/*; do
  if grep -qs '^ *Acquire' "$file"; then cp "$file" "$root/etc/apt/apt.conf.d/"; fi
done
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"
mount -t sysfs sys "$root/sys"
mount --bind /dev "$root/dev"
mount --bind /dev/pts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"

step "a clone of $(git rev-parse --short HEAD)"
[ -e "$root$checkout" ] || git clone -q --no-local "$source_tree" "$root$checkout"
git -C "$root$checkout" fetch -q "$source_tree" HEAD
git -C "$root$checkout" reset -q --hard FETCH_HEAD

step "make test"
inside "cd $checkout && make test"

step "make up, twice; the second within 10 s"
ports=$(sed -n 's/^    "[a-z_]*": ("\(VIGIE_[A-Z_]*_PORT\)".*/\1=0/p' scripts/local_stack/settings.py | tr '\n' ' ')
inside "cd $checkout && $ports make up && make status && make down"
second=$(date +%s)
inside "cd $checkout && $ports make up"
took=$(($(date +%s) - second))
echo "The second start took $took s."
[ "$took" -le 10 ] || exit 1
inside "cd $checkout && make status && make down"

step "nothing left running, nothing written beside .local and build"
left=$(find /proc/[0-9]*/root -maxdepth 0 -lname "$root" 2>/dev/null || true)
[ -z "$left" ] || { echo "Still running in the fresh machine: $left" >&2; exit 1; }
inside "cd $checkout && test -z \"\$(git status --porcelain)\""

printf '\nThe fresh machine passed in %s s.\n' "$(($(date +%s) - begin))"
