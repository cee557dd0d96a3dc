# Installs the Debian packages given as arguments, as root, so that none of
# them starts a server, now or at the next boot, and no cluster is made.
set -eu

policy=/usr/sbin/policy-rc.d
marker='# temporary, by the local stack of the order system'
clusters=/etc/postgresql-common/createcluster.d
no_cluster=$clusters/local-stack.conf

# A policy of the machine's own stays. One left behind by a killed run is ours.
if [ ! -e "$policy" ] || grep -qxF "$marker" "$policy"; then
	own_policy=yes
else
	own_policy=no
fi

restore() {
	[ "$own_policy" = no ] || rm -f "$policy"
	rm -f "$no_cluster"
	rmdir "$clusters" /etc/postgresql-common 2>/dev/null || true # made by us, and still empty
}
trap restore EXIT
trap 'exit 130' HUP INT TERM

if [ "$own_policy" = yes ]; then
	printf '#!/bin/sh\n%s\nexit 101\n' "$marker" >"$policy" # 101: may not be started
	chmod 755 "$policy"
fi
mkdir -p "$clusters"
echo 'create_main_cluster = false' >"$no_cluster"

units=
case " $* " in *" rabbitmq-server "*)
	units=rabbitmq-server.service
	# Erlang may be there for something else, which then keeps its epmd.
	dpkg -s erlang-base >/dev/null 2>&1 || units="$units epmd.service epmd.socket"
	;;
esac

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends "$@"

# The system starts them at boot through systemd, or else through SysV links.
for unit in $units; do
	if command -v systemctl >/dev/null; then
		systemctl --quiet disable "$unit" || echo "could not disable $unit"
	elif [ "$unit" = rabbitmq-server.service ]; then
		update-rc.d rabbitmq-server disable
	fi
done
