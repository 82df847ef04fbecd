# @summary Collectors, with nginx or Apache in front.
class socorro::role::collector {
  include socorro::base
  include socorro::profile::collector
  include socorro::profile::collector_front

  if !('crashmover' in $socorro::services) {
    fail('socorro: a machine with the role collector has its spool, and needs the role crashmover, too')
  }
}
