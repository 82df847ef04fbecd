# @summary Collectors: they take crashes by HTTP and write them into the spool.
class socorro::profile::collector {
  include socorro
  include socorro::spool

  ensure_resource('socorro::secret', 'collector')
  socorro::unit { 'collector':
    description   => 'takes crashes by HTTP, writes the spool',
    ports         => $socorro::collector_ports,
    writes        => [$socorro::spool],
    hides         => [$socorro::store_folder, "${socorro::home}/search", "${socorro::home}/extracts"].filter |$path| { $path },
    reads_secrets => ['collector'],
  }
}
