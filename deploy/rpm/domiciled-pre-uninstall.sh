# Stops the service before its program goes ($1 is 0 at the last removal). Tells no server: `domiciled withdraw` is the operator's to run.
if [ "$1" = 0 ] && [ -d /run/systemd/system ]; then
    systemctl disable --now domiciled-device.socket domiciled.service
fi
