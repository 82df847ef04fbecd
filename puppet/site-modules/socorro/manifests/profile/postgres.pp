# @summary Debian's Postgres with the roles and the database of Socorro (docs/postgres.md).
#
# @param listen Addresses to listen on; other machines need more than localhost.
# @param clients Networks whose services may connect, with password, such as 10.0.0.0/24.
# @param settings Settings of Postgres over ours: shared_buffers, work_mem and so on.
class socorro::profile::postgres (
  String[1]                         $listen,
  Array[Stdlib::IP::Address]        $clients,
  Hash[String[1], Variant[String, Integer]] $settings,
) {
  include socorro
  include socorro::base

  $version = '15' # Debian 12's
  $cluster = "/etc/postgresql/${version}/main"
  $memory = $facts.dig('memory', 'system', 'total_bytes')
  if $memory !~ Integer {
    fail('socorro::profile::postgres: Facter reports no memory.system.total_bytes: run `facter memory`')
  }
  # A quarter of the memory, as Postgres's manual says, and no more than 8 GB.
  $buffers = min($memory / 4 / 1048576, 8192)
  $ours = {
    'listen_addresses'          => $listen,
    'port'                      => $socorro::database_port,
    'password_encryption'       => 'scram-sha-256',
    'shared_buffers'            => "${buffers}MB",
    'max_connections'           => 200,
    'wal_compression'           => 'on',
    'max_wal_size'              => '4GB',
    'checkpoint_timeout'        => '15min',
    'random_page_cost'          => '1.1',
    'statement_timeout'         => 0,
    'idle_in_transaction_session_timeout' => '10min',
    'log_min_duration_statement' => '5s',
    # Statements may have what a user typed: only their kind and time is logged.
    'log_parameter_max_length'  => 0,
    'log_parameter_max_length_on_error' => 0,
  }

  package { ["postgresql-${version}", "postgresql-client-${version}"]:
    ensure => installed,
  }
  -> file { "${cluster}/conf.d/socorro.conf":
    ensure  => file,
    owner   => 'postgres',
    group   => 'postgres',
    mode    => '0644',
    content => epp('socorro/postgresql.conf.epp', { 'settings' => $ours + $settings }),
  }
  $clients.each |$network| {
    file_line { "socorro: ${network} may connect to Postgres":
      path    => "${cluster}/pg_hba.conf",
      line    => "host ${socorro::database_name} all ${network} scram-sha-256",
      require => Package["postgresql-${version}"],
      notify  => Service['postgresql'],
    }
  }
  service { 'postgresql':
    ensure    => running,
    enable    => true,
    subscribe => File["${cluster}/conf.d/socorro.conf"],
  }

  ['owner', 'monitor', 'processor', 'cron', 'middleware', 'webapp'].each |$name| {
    ensure_resource('socorro::secret', "socorro_${name}")
    Socorro::Secret["socorro_${name}"] -> Exec['socorro: roles and database']
  }
  $arguments = "--port ${socorro::database_port} --database ${socorro::database_name} --secrets ${socorro::secrets}"
  file { '/usr/local/sbin/socorro-roles':
    ensure => file,
    owner  => 'root',
    group  => 'root',
    mode   => '0755',
    source => 'puppet:///modules/socorro/socorro-roles',
  }
  -> exec { 'socorro: roles and database':
    command => "/usr/local/sbin/socorro-roles ${arguments}",
    unless  => "/usr/local/sbin/socorro-roles --check ${arguments}",
    path    => ['/usr/bin', '/bin'],
    require => Service['postgresql'],
    before  => Class['socorro::release'],
  }
}
