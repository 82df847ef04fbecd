# @summary The crashmover: from the spool to the crash store. It runs where the spool is.
class socorro::profile::crashmover {
  include socorro
  include socorro::spool
  include socorro::store

  socorro::unit { 'crashmover':
    description => 'moves crashes from the spool to the crash store',
    writes      => [$socorro::spool] + $socorro::store::folders,
    hides       => ["${socorro::home}/search", "${socorro::home}/extracts"],
  }
}
