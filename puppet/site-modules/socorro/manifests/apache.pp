# @summary Debian's Apache with the modules that the sites need, without its welcome page.
class socorro::apache {
  package { 'apache2':
    ensure => installed,
  }
  $modules = [
    'env', 'headers', 'lbmethod_byrequests', 'proxy', 'proxy_balancer', 'proxy_http', 'reqtimeout', 'rewrite',
    'slotmem_shm', 'socache_shmcb', 'ssl',
  ]
  $modules.each |$module| {
    exec { "socorro: a2enmod ${module}":
      command => "/usr/sbin/a2enmod -q ${module}",
      creates => "/etc/apache2/mods-enabled/${module}.load",
      require => Package['apache2'],
      before  => Service['apache2'],
      notify  => Exec['socorro: reload apache2'],
    }
  }
  # The sites say where to listen. apache2.conf includes ports.conf, so it stays, empty.
  file { '/etc/apache2/ports.conf':
    ensure  => file,
    content => "# Written by Puppet: sites say where to listen.\n",
    require => Package['apache2'],
    before  => Service['apache2'],
    notify  => Exec['socorro: reload apache2'],
  }
  file { '/etc/apache2/sites-enabled/000-default.conf':
    ensure  => absent,
    require => Package['apache2'],
    before  => Service['apache2'],
    notify  => Exec['socorro: reload apache2'],
  }
  service { 'apache2':
    ensure  => running,
    enable  => true,
    require => Package['apache2'],
  }
  # Sites that Apache refuses stop here, and the Apache that runs goes on with what it had.
  exec { 'socorro: reload apache2':
    command     => '/usr/sbin/apache2ctl -t && /usr/sbin/apache2ctl graceful',
    provider    => shell,
    refreshonly => true,
    require     => Service['apache2'],
  }
}
