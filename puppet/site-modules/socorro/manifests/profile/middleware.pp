# @summary REST.
class socorro::profile::middleware {
  include socorro
  include socorro::store
  include socorro::symbols

  ensure_resource('socorro::secret', 'socorro_middleware')
  socorro::unit { 'middleware':
    description   => 'REST',
    ports         => $socorro::middleware_ports,
    # Uploads of symbols; its check of the crash store writes a draft.
    writes        => $socorro::store::folders + $socorro::symbols::folders,
    hides         => [$socorro::spool, "${socorro::home}/extracts"],
    reads_secrets => ['socorro_middleware'],
  }
}
