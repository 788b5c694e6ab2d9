# An rpm has no purge: removing it removes state, keys and account, so that nothing stays.
[ ! -d /run/systemd/system ] || systemctl daemon-reload
if [ "$1" = 0 ]; then
    rm -rf /var/lib/domicile /etc/systemd/system/domiciled.service.d
    rmdir --ignore-fail-on-non-empty /etc/domicile 2>/dev/null || true
    if getent passwd domicile >/dev/null; then userdel domicile; fi
    if getent group domicile >/dev/null; then groupdel domicile; fi
fi
