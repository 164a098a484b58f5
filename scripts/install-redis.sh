#!/bin/sh
# Installs redis-server from Debian's or Ubuntu's packages, as root, and nothing but the program: Sluice starts
# servers of its own, and this machine must not get one on port 6379 that nobody asked for.
set -eu
export DEBIAN_FRONTEND=noninteractive

# Packages ask /usr/sbin/policy-rc.d before they start their service (invoke-rc.d(8)). Without this the installation
# would even fail where something else has the port. Whoever has a policy already keeps it.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\ncase "$*" in *redis*) exit 101 ;; esac\nexit 0\n' >"$policy"
  chmod 755 "$policy"
fi

install() {
  apt-get install --yes --no-install-recommends --option DPkg::Lock::Timeout=120 redis-server
}
# Lists of packages may be missing (containers have none) or too old.
install || { apt-get update || true; install; }

# Nor is it to start when the machine does.
if command -v systemctl >/dev/null; then systemctl disable redis-server.service || true; fi
if command -v update-rc.d >/dev/null; then update-rc.d redis-server disable || true; fi
