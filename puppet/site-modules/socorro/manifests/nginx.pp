# @summary Debian's nginx, without its welcome page.
class socorro::nginx {
  package { 'nginx-light':
    ensure => installed,
  }
  -> file { '/etc/nginx/sites-enabled/default':
    ensure => absent,
    notify => Exec['socorro: reload nginx'],
  }
  service { 'nginx':
    ensure  => running,
    enable  => true,
    require => Package['nginx-light'],
  }
  # A site that nginx refuses stops here, and the nginx that runs goes on with what it had.
  exec { 'socorro: reload nginx':
    command     => '/usr/sbin/nginx -t -q && /usr/sbin/nginx -s reload',
    provider    => shell,
    refreshonly => true,
    require     => Service['nginx'],
  }
}
