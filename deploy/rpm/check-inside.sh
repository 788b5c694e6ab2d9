#!/bin/sh
# The part of check.sh that runs in the throw-away system.
set -eu
export LC_ALL=C
# No machine is booted here: `systemctl` is left out by the scriptlets' own test for that.
mount -t tmpfs tmpfs /run
mkdir -p /var/lib/rpm
rpm --initdb
# The libraries and tools that it asks for are the other distribution's packages: named below, not resolved.
rpm='rpm --nodeps'
traces() {
    {
        find /etc /usr /var /opt /srv /run -xdev \( -name '*domicile*' -o -nouser -o -nogroup \) \
            -not -path '/var/lib/rpm/*' -not -path '/var/cache/*' -print 2>/dev/null
        getent passwd | grep domicile || true
        getent group | grep domicile || true
    } | sort
}
traces >/before
echo "needs: $(rpm -qp --requires /package.rpm | grep -v '^rpmlib' | sed 's/(.*//' | sort -u | tr '\n' ' ')"
# The scriptlets in the package are those of the source.
for script in post-install:POSTIN pre-uninstall:PREUN post-uninstall:POSTUN; do
    rpm -qp --qf "%{${script#*:}}" /package.rpm | diff -B - "/expected-${script%:*}"
done

$rpm -i /package.rpm
rpm -V --nodeps domiciled
traces >/installed
echo "installed: $(comm -13 /before /installed | wc -l) files, folders and accounts; rpm -V finds no difference"
[ "$(stat -c '%U:%G %a' /var/lib/domicile)" = "domicile:domicile 700" ]
as_user() { setpriv --reuid=domicile --regid=domicile --clear-groups --no-new-privs domiciled "$@"; }
as_user check | tail -1
as_user status | head -1

# An upgrade keeps state and what the operator has written.
echo '# the operator was here' >>/etc/domicile/domiciled.toml
touch /var/lib/domicile/kept
$rpm -U --replacepkgs /package.rpm
[ -e /var/lib/domicile/kept ]
grep -q 'operator was here' /etc/domicile/domiciled.toml
rpm -V --nodeps domiciled | grep -q 'c /etc/domicile/domiciled.toml'
echo "upgraded: state and configuration stay, and rpm -V names the changed configuration"

rpm -e --nodeps domiciled
traces >/after
diff /before /after || { echo "erasing left these (>)" >&2; exit 1; }
echo "erased: nothing is left"
