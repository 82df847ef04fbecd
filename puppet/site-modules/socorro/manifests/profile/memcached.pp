# @summary memcached, for answers of REST (docs/cache.md). It has no passwords.
#
# @param listen Address that only machines of Socorro reach.
# @param port Its port.
# @param megabytes Memory for answers.
class socorro::profile::memcached (
  Stdlib::IP::Address::Nosubnet $listen,
  Stdlib::Port                  $port,
  Integer[64]                   $megabytes,
) {
  package { 'memcached':
    ensure => installed,
  }
  -> file { '/etc/memcached.conf':
    ensure  => file,
    owner   => 'root',
    group   => 'root',
    mode    => '0644',
    content => @("CONF"),
      # Written by Puppet (socorro::profile::memcached).
      -d
      logfile /var/log/memcached.log
      -m ${megabytes}
      -p ${port}
      -U 0
      -u memcache
      -l ${listen}
      -P /var/run/memcached/memcached.pid
      | CONF
  }
  ~> service { 'memcached':
    ensure => running,
    enable => true,
  }
}
