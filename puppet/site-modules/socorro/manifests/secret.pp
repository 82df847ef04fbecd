# @summary A secret in a file: drawn on the machine when it is missing, never in a catalog.
#
# A title like socorro_monitor is a role of Postgres, and its file a password file of libpq; any other
# is a key. Another machine's secrets are copied, not drawn: see `socorro::generate_secrets`.
define socorro::secret () {
  include socorro::base

  $path = "${socorro::secrets}/${title}"
  $before = $title ? {
    /\Asocorro_/ => "*:*:*:${title}:",
    default      => '',
  }
  if $socorro::generate_secrets {
    # From one process to the other: no command line and no log has it. Whole, or not there.
    $draw = 'head -c 32 /dev/urandom | base64 -w 0 | tr -d "+/="'
    exec { "socorro: draw ${path}":
      command  => "umask 077; { printf '${before}'; ${draw}; echo; } >'${path}.new' && mv '${path}.new' '${path}'",
      creates  => $path,
      provider => shell,
      path     => ['/usr/bin', '/bin'],
      require  => File[$socorro::secrets],
      before   => File[$path],
    }
  } else {
    exec { "socorro: ${path} is missing: copy it from the machine that drew it":
      command => '/bin/false',
      creates => $path,
      require => File[$socorro::secrets],
      before  => File[$path],
    }
  }
  file { $path:
    ensure    => file,
    owner     => $socorro::user,
    group     => $socorro::group,
    mode      => '0600',
    show_diff => false,
    backup    => false,
    require   => User[$socorro::user],
  }
}
