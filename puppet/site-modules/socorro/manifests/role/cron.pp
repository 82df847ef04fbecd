# @summary The clock: one machine of a site, the one with the spool.
class socorro::role::cron {
  include socorro::base
  include socorro::profile::cron
}
