#!/usr/bin/env bash
# Proves that a fresh clone works on a machine that has only Node 20 or newer, npm, git and apt.
#   scripts/fresh-clone.sh [--keep-servers] [COMMAND...]     default: npm test, then npm run demo
# Works in a copy-on-write view of this machine's file system (needs root on Linux; nothing is kept), with an
# empty home folder, a PATH of system folders only, and, unless told to keep them, all MariaDB packages removed.
set -euo pipefail
origin=$(cd "$(dirname "$0")/.." && pwd)

if [ "${DBMEDIC_FRESH:-}" != inside ]; then
  stage=$(mktemp -d)
  trap 'rmdir "$stage"' EXIT
  DBMEDIC_FRESH=inside STAGE=$stage unshare --mount --pid --fork --propagation private "$0" "$@"
  exit
fi

keep=no
if [ "${1:-}" = --keep-servers ]; then keep=yes; shift; fi
if [ $# -eq 0 ]; then set -- 'npm test' 'npm run demo'; fi

# A tmpfs holds the changes: an overlay's upper folder may not lie inside its lower one.
stage=$STAGE
mount -t tmpfs -o size=6g tmpfs "$stage"
mkdir "$stage"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$stage/upper,workdir=$stage/work" overlay "$stage/root"
mount -t proc proc "$stage/root/proc"
mount --rbind /dev "$stage/root/dev"
mount --rbind /sys "$stage/root/sys"
mount -t tmpfs -o mode=1777,size=4g tmpfs "$stage/root/tmp"
cp /etc/resolv.conf "$stage/root/etc/resolv.conf" 2>/dev/null || true

mkdir -p "$stage/root/tmp/home"
cp ~/.npmrc "$stage/root/tmp/home/" 2>/dev/null || true
git clone --quiet "file://$origin" "$stage/root/tmp/clone"
cat >"$stage/root/tmp/run.sh" <<'INSIDE'
set -u
cd /tmp/clone
if [ "$KEEP" = no ]; then
  apt-get purge -y -qq 'mariadb-*' 'mysql-*' >/dev/null 2>&1 || true
  hash -r
fi
echo "clone of $(git log -1 --format='%h %s')"
echo "node $(node --version), npm $(npm --version 2>/dev/null), MariaDB: $(command -v mariadbd || echo none)"
status=0
for command in "$@"; do
  for time in first second; do
    echo "== $command ($time time)"
    began=$(date +%s.%N)
    bash -c "$command" </dev/null || { echo "== ended with $?"; status=1; }
    awk -v a="$began" -v b="$(date +%s.%N)" -v c="$command" -v t="$time" 'BEGIN { printf "== %s, %s time: %.1f s\n", c, t, b - a }'
    [ "${ONCE:-}" = yes ] && break
  done
done
exit $status
INSIDE
exec env -i KEEP="$keep" ONCE="${ONCE:-}" HOME=/tmp/home LANG=C.UTF-8 TERM=dumb \
  NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-}" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  chroot "$stage/root" bash /tmp/run.sh "$@"
