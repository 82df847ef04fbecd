# @summary The monitor: queues stored crashes, ends leases of processors that died.
class socorro::profile::monitor {
  include socorro
  include socorro::store

  ensure_resource('socorro::secret', 'socorro_monitor')
  socorro::unit { 'monitor':
    description   => 'queues stored crashes',
    writes        => $socorro::store::folders,
    hides         => [$socorro::spool, "${socorro::home}/search", "${socorro::home}/extracts"],
    reads_secrets => ['socorro_monitor'],
  }
}
