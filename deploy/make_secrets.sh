#!/bin/sh
# make_secrets.sh [DIRECTORY]: makes the secrets that compose.yaml mounts, where they are missing. The directory is closed
# to others; the files in it can be read by whoever is handed one of them: each container has an account of its own.
set -eu
cd "$(dirname "$0")/.."
directory=${1:-.secrets}
umask 077
mkdir -p "$directory/keys" "$directory/tls"

make() { # NAME COMMAND...: the command's output becomes the file, whole or not at all
  file=$directory/$1
  shift
  [ -e "$file" ] && return
  "$@" >"$file.new"
  chmod 444 "$file.new"
  mv "$file.new" "$file"
}

for name in database_superuser_password database_password backup_password monitor_password grafana_password pager_password pager_webhook_token admin_token; do
  make "$name" openssl rand -hex 24
done
make server_secret openssl rand 32
make keys/1.pem openssl genpkey -algorithm ed25519
# For one machine: who publishes Vigie puts a certificate of a public authority here.
if [ ! -e "$directory/tls/proxy.crt" ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,DNS:nginx,IP:127.0.0.1 \
    -keyout "$directory/tls/proxy.key" -out "$directory/tls/proxy.crt" 2>/dev/null
fi
chmod 755 "$directory/keys" "$directory/tls"
chmod 444 "$directory/tls/proxy.key" "$directory/tls/proxy.crt"
echo "The secrets are in $directory."
