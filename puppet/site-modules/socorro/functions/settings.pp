# @summary What socorro.toml says on this machine: what Puppet knows, and `socorro::settings` over it.
#
# No secret is in it, only the names of their files.
function socorro::settings() >> Hash {
  $roles = ['monitor', 'processor', 'cron', 'middleware', 'webapp'].map |$service| {
    $role = "socorro_${service}"
    [$service, { 'database' => "${socorro::dsn} user=${role} passfile=${socorro::secrets}/${role}" }]
  }
  $derived = {
    'store'      => $socorro::store,
    # As whom `socorro migrate` and `socorro users` work; services have roles of their own.
    'database'   => "${socorro::dsn} user=socorro_owner passfile=${socorro::secrets}/socorro_owner",
    'log_format' => 'json',
    # nginx or Apache on this machine.
    'trusted_proxies' => ['127.0.0.1', '::1'],
    'collector'  => {
      'spool'       => $socorro::spool,
      'secret_file' => "${socorro::secrets}/collector",
      'port'        => $socorro::collector_ports[0],
      'https'       => $socorro::collector_url =~ /\Ahttps:/,
    },
    'crashmover' => { 'spool' => $socorro::spool, 'port' => $socorro::crashmover_port },
    'monitor'    => { 'port' => $socorro::monitor_port },
    'processor'  => { 'port' => $socorro::processor_port },
    'cron'       => { 'port' => $socorro::cron_port },
    'middleware' => {
      'port'  => $socorro::middleware_ports[0],
      'https' => $socorro::pages_url =~ /\Ahttps:/,
    },
    'webapp'     => {
      'port'            => $socorro::webapp_ports[0],
      'secret_key_file' => "${socorro::secrets}/webapp",
      'collector_url'   => $socorro::collector_url,
      'https'           => $socorro::pages_url =~ /\Ahttps:/,
      'allowed_hosts'   => [socorro::host($socorro::pages_url), '127.0.0.1', 'localhost'],
      'middleware_url'  => "http://127.0.0.1:${socorro::middleware_ports[0]}",
    },
    'alerts'     => { 'site' => $socorro::pages_url },
    'extracts'   => { 'report_url' => "${socorro::pages_url}/report/index/" },
    'health'     => $socorro::ports.reduce({}) |$all, $one| {
      $all + { $one[0] => $one[1].map |$port| { "http://127.0.0.1:${port}" } }
    },
  }
  # What other roles of this machine change.
  $options = {
    'memcached'     => {
      'cache' => {
        'server' => "${lookup('socorro::profile::memcached::listen')}:${lookup('socorro::profile::memcached::port')}",
      },
    },
    'hbase'         => { 'crashmover' => { 'keep_minutes' => lookup('socorro::profile::hbase::keep_minutes') } },
    'elasticsearch' => {
      'search' => {
        'engine'        => 'elasticsearch',
        'elasticsearch' => lookup('socorro::profile::elasticsearch::url'),
      },
    },
  }
  $of_roles = $options.filter |$role, $value| { $role in $socorro::roles }.map |$role, $value| { $value }
  deep_merge($derived, Hash($roles), *$of_roles, $socorro::settings)
}
