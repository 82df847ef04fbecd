# @summary The clock of the hourly, daily and weekly jobs. One machine of a site, the one with the spool.
#
# @param memory_max Its memory limit: statistics of weeks are counted here.
class socorro::profile::cron (
  String[1] $memory_max,
) {
  include socorro
  include socorro::spool
  include socorro::store
  include socorro::symbols

  ensure_resource('socorro::secret', 'socorro_cron')
  $folders = ["${socorro::home}/search", "${socorro::home}/extracts"]
  file { $folders:
    ensure => directory,
    owner  => $socorro::user,
    group  => $socorro::group,
    mode   => '0750',
  }
  socorro::unit { 'cron':
    description   => 'counts, imports, exports, and removes what is old',
    # Retention removes from spool and crash store, too.
    writes        => [$socorro::spool] + $socorro::store::folders + $socorro::symbols::folders + $folders,
    reads_secrets => ['socorro_cron'],
    memory_max    => $memory_max,
  }
}
