# Makes the account and its private state folder. Starts nothing: domiciled waits for its operator.
if ! getent passwd domicile >/dev/null; then
    if command -v systemd-sysusers >/dev/null; then
        systemd-sysusers domiciled.conf
    else
        useradd --system --user-group --no-create-home --home-dir /var/lib/domicile --shell /sbin/nologin domicile
    fi
fi
install -d -m 0700 -o domicile -g domicile /var/lib/domicile /var/lib/domicile-device
[ ! -d /run/systemd/system ] || systemctl daemon-reload
