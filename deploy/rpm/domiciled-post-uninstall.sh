# An rpm has no purge: removing it removes state, keys, configuration and account, so that nothing stays.
[ ! -d /run/systemd/system ] || systemctl daemon-reload
if [ "$1" = 0 ]; then
    rm -rf /var/lib/domicile /var/lib/domicile-device /etc/systemd/system/domiciled.service.d
    rm -f /etc/domicile/domiciled.toml.rpmsave
    for folder in /etc/domicile /usr/share/licenses/domiciled; do
        rmdir --ignore-fail-on-non-empty $folder 2>/dev/null || true
    done
    if getent passwd domicile >/dev/null; then userdel domicile; fi
    if getent group domicile >/dev/null; then groupdel domicile; fi
fi
