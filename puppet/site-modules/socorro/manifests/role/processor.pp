# @summary Processors of crashes: as many machines as it takes.
class socorro::role::processor {
  include socorro::base
  include socorro::profile::processor
}
