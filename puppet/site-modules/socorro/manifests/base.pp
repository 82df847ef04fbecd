# @summary What every machine has: user, folders, settings, the command, logs.
class socorro::base {
  include socorro
  include socorro::systemd
  include socorro::release

  package { ['ca-certificates', 'python3', 'python3-venv', 'logrotate']:
    ensure => installed,
  }

  group { $socorro::group:
    ensure => present,
    system => true,
  }
  user { $socorro::user:
    ensure  => present,
    system  => true,
    gid     => $socorro::group,
    home    => $socorro::home,
    shell   => '/usr/sbin/nologin',
    comment => 'Socorro services',
  }

  file {
    default:
      ensure => directory,
      owner  => 'root',
      group  => 'root',
      mode   => '0755',
      ;
    [$socorro::etc, $socorro::prefix, "${socorro::prefix}/releases"]:
      ;
    # Names of secrets are no secret; what is in them is (0600).
    $socorro::secrets:
      group => $socorro::group,
      mode  => '0750',
      ;
    [$socorro::home, "${socorro::home}/metrics"]:
      owner => $socorro::user,
      group => $socorro::group,
      mode  => '0750',
      ;
    '/etc/systemd/system/socorro.target.wants':
      ;
  }

  file {
    default:
      ensure => file,
      owner  => 'root',
      group  => $socorro::group,
      mode   => '0640',
      ;
    "${socorro::etc}/socorro.toml":
      content => "# Written by Puppet (socorro::settings).\n${to_toml(socorro::settings())}",
      ;
    "${socorro::etc}/deploy.toml":
      content => epp('socorro/deploy.toml.epp'),
      ;
    '/usr/local/bin/socorro':
      group   => 'root',
      mode    => '0755',
      content => epp('socorro/command.epp'),
      ;
    '/usr/local/sbin/socorro-restart':
      group  => 'root',
      mode   => '0755',
      source => 'puppet:///modules/socorro/socorro-restart',
      ;
    '/etc/systemd/system/socorro.target':
      group  => 'root',
      mode   => '0644',
      source => 'puppet:///modules/socorro/socorro.target',
      notify => Class['socorro::systemd'],
      ;
    '/etc/systemd/journald.conf.d/socorro.conf':
      group  => 'root',
      mode   => '0644',
      source => 'puppet:///modules/socorro/journald.conf',
      ;
    '/etc/logrotate.d/socorro':
      group   => 'root',
      mode    => '0644',
      content => epp('socorro/logrotate.epp'),
      ;
  }
  file { '/etc/systemd/journald.conf.d':
    ensure => directory,
  }

  # Services and commands look for their settings in the home.
  file { "${socorro::home}/socorro.toml":
    ensure => link,
    target => "${socorro::etc}/socorro.toml",
  }
  file { '/etc/systemd/system/multi-user.target.wants/socorro.target':
    ensure => link,
    target => '/etc/systemd/system/socorro.target',
    notify => Class['socorro::systemd'],
  }
}
