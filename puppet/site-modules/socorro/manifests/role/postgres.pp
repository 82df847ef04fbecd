# @summary The database.
class socorro::role::postgres {
  include socorro::base
  include socorro::profile::postgres
}
