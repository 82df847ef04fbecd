# @summary The crashmover; on the machine with the spool.
class socorro::role::crashmover {
  include socorro::base
  include socorro::profile::crashmover
}
