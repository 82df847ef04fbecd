# @summary User, folders, settings and commands, without a service.
class socorro::role::base {
  include socorro::base
}
