# @summary Has systemd read units that changed; does nothing where it does not run.
class socorro::systemd {
  exec { 'socorro: systemctl daemon-reload':
    command     => '/bin/systemctl daemon-reload',
    onlyif      => '/usr/bin/test -d /run/systemd/system',
    refreshonly => true,
  }
}
