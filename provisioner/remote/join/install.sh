#!/bin/sh
# Installs a Podium data plane as a systemd service on this machine and joins it to a cluster. Running it again updates the
# program and keeps the data. Settings, all optional but the token:
#   PODIUM_JOIN_TOKEN   one-time token from the cluster's join page
#   PODIUM_ADVERTISE    API root as workers reach it (default http://HOST:8080/api)
#   PODIUM_LISTEN       address to serve on (default 0.0.0.0:8080)
#   PODIUM_CONSOLE_THROUGH_LINK
#                       true: people of your organization reach its console from the cloud console (default false)
#   PODIUM_REFUSE_COMMANDS
#                       what Podium may not ask of it, such as back-up,update; or all (default none)
#   PODIUM_BACKUP_DIR   folder for backups that Podium asks for, which its user can write (default: backups in its own)
#   PODIUM_UPDATE_WINDOW
#                       when Podium may update it, UTC, such as "sat,sun 02:00-05:00" (default always)
#   HTTPS_PROXY         proxy for the calls to Podium
set -eu

cluster='[[.Cluster]]'
home=/var/lib/podium/$cluster
unit=podium-$cluster

[ "$(id -u)" = 0 ] || { echo "run this as root, for instance with sudo" >&2; exit 1; }
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo "this program is for Linux on x86_64, not for $(uname -sm)" >&2; exit 1; }
[ -n "${PODIUM_JOIN_TOKEN:-}" ] || [ -s "$home/join-token" ] || { echo "PODIUM_JOIN_TOKEN is missing: take it from the join page" >&2; exit 1; }

id podium >/dev/null 2>&1 || useradd --system --home-dir /var/lib/podium --shell /usr/sbin/nologin podium
mkdir -p "$home/bin" "$home/data" "$home/programs" "${PODIUM_BACKUP_DIR:-$home/backups}"

curl -fsSL -o "$home/bin/edge.new" '[[.Program]]'
echo "[[.SHA256]]  $home/bin/edge.new" | sha256sum --check --quiet
chmod 755 "$home/bin/edge.new"
mv "$home/bin/edge.new" "$home/bin/edge"
if [ -n "${PODIUM_JOIN_TOKEN:-}" ]; then
  (umask 077 && printf '%s\n' "$PODIUM_JOIN_TOKEN" >"$home/join-token")
fi
chown -R podium: "$home"
chown podium: "${PODIUM_BACKUP_DIR:-$home/backups}"
chmod 700 "$home/data" "$home/programs"

# The program of this recipe starts the data plane; releases that Podium asks for take its place only if one of these keys has
# signed them. Running this recipe again brings the recipe's program back.
start=''
keys='[[.Keys]]'
if [ -n "$keys" ]; then
  start="supervise --programs $home/programs --release-keys $keys -- "
fi
backups=${PODIUM_BACKUP_DIR:-$home/backups}

cat >"/etc/systemd/system/$unit.service" <<UNIT
[Unit]
Description=Podium data plane of cluster $cluster
After=network-online.target
Wants=network-online.target

[Service]
User=podium
ExecStart=$home/bin/edge $start--listen ${PODIUM_LISTEN:-0.0.0.0:8080} --data $home/data --control-plane [[.ControlPlane]] --cluster-id $cluster --join-token-file $home/join-token --advertise ${PODIUM_ADVERTISE:-http://$(hostname -f):8080/api}
Environment=PODIUM_EDGE_CONSOLE_THROUGH_LINK=${PODIUM_CONSOLE_THROUGH_LINK:-false}
Environment=PODIUM_EDGE_BACKUP_DIR=$backups PODIUM_EDGE_REFUSE_COMMANDS=${PODIUM_REFUSE_COMMANDS:-}
Environment="PODIUM_EDGE_UPDATE_WINDOW=${PODIUM_UPDATE_WINDOW:-}"
Environment=HTTPS_PROXY=${HTTPS_PROXY:-} NO_PROXY=${NO_PROXY:-}
Restart=always
RestartSec=2
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ReadWritePaths=$home $backups

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now "$unit"
systemctl restart "$unit"
echo "The data plane of $cluster runs. Its log: journalctl -u $unit"
