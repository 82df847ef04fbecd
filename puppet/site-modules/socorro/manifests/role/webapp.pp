# @summary The pages, with nginx or Apache in front.
class socorro::role::webapp {
  include socorro::base
  include socorro::profile::webapp
  include socorro::profile::webapp_front
}
