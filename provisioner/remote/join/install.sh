#!/bin/sh
# Installs a Podium data plane as a systemd service on this machine and joins it to a cluster. Running it again updates the
# program and keeps the data. Settings, all optional but the token:
#   PODIUM_JOIN_TOKEN   one-time token from the cluster's join page
#   PODIUM_ADVERTISE    API root as workers reach it (default http://HOST:8080/api)
#   PODIUM_LISTEN       address to serve on (default 0.0.0.0:8080)
#   PODIUM_CONSOLE_THROUGH_LINK
#                       true: people of your organization reach its console from the cloud console (default false)
#   HTTPS_PROXY         proxy for the calls to Podium
set -eu

cluster='[[.Cluster]]'
home=/var/lib/podium/$cluster
unit=podium-$cluster

[ "$(id -u)" = 0 ] || { echo "run this as root, for instance with sudo" >&2; exit 1; }
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo "this program is for Linux on x86_64, not for $(uname -sm)" >&2; exit 1; }
[ -n "${PODIUM_JOIN_TOKEN:-}" ] || [ -s "$home/join-token" ] || { echo "PODIUM_JOIN_TOKEN is missing: take it from the join page" >&2; exit 1; }

id podium >/dev/null 2>&1 || useradd --system --home-dir /var/lib/podium --shell /usr/sbin/nologin podium
mkdir -p "$home/bin" "$home/data"

curl -fsSL -o "$home/bin/edge.new" '[[.Program]]'
echo "[[.SHA256]]  $home/bin/edge.new" | sha256sum --check --quiet
chmod 755 "$home/bin/edge.new"
mv "$home/bin/edge.new" "$home/bin/edge"
if [ -n "${PODIUM_JOIN_TOKEN:-}" ]; then
  (umask 077 && printf '%s\n' "$PODIUM_JOIN_TOKEN" >"$home/join-token")
fi
chown -R podium: "$home"
chmod 700 "$home/data"

cat >"/etc/systemd/system/$unit.service" <<UNIT
[Unit]
Description=Podium data plane of cluster $cluster
After=network-online.target
Wants=network-online.target

[Service]
User=podium
ExecStart=$home/bin/edge --listen ${PODIUM_LISTEN:-0.0.0.0:8080} --data $home/data --control-plane [[.ControlPlane]] --cluster-id $cluster --join-token-file $home/join-token --advertise ${PODIUM_ADVERTISE:-http://$(hostname -f):8080/api}
Environment=PODIUM_EDGE_CONSOLE_THROUGH_LINK=${PODIUM_CONSOLE_THROUGH_LINK:-false}
Environment=PODIUM_EDGE_BACKUP_DIR=$home/backups PODIUM_EDGE_REFUSE_COMMANDS=${PODIUM_REFUSE_COMMANDS:-}
Environment=HTTPS_PROXY=${HTTPS_PROXY:-} NO_PROXY=${NO_PROXY:-}
Restart=always
RestartSec=2
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ReadWritePaths=$home

[Install]
WantedBy=multi-user.target
UNIT
systemctl daemon-reload
systemctl enable --now "$unit"
systemctl restart "$unit"
echo "The data plane of $cluster runs. Its log: journalctl -u $unit"
