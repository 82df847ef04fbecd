# What a machine is: the roles that Hiera lists for it (docs/puppet.md).
Package {
  install_options => ['--no-install-recommends'],
}

node default {
  lookup('roles', Array[String[1], 1]).each |String $role| {
    include "socorro::role::${role}"
  }
}
