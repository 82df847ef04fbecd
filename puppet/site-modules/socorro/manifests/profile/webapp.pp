# @summary The pages.
class socorro::profile::webapp {
  include socorro
  include socorro::store

  ensure_resource('socorro::secret', 'socorro_webapp')
  ensure_resource('socorro::secret', 'webapp')
  socorro::unit { 'webapp':
    description   => 'pages',
    ports         => $socorro::webapp_ports,
    # Its check of the crash store writes a draft.
    writes        => $socorro::store::folders,
    hides         => [$socorro::spool, "${socorro::home}/extracts"],
    reads_secrets => ['socorro_webapp', 'webapp'],
  }
}
