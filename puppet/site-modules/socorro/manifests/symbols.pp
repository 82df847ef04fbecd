# @summary Folders of symbols: those that were added or uploaded, those of servers, and their indexes.
class socorro::symbols {
  include socorro
  include socorro::base

  $folders = ['symbols', 'symbols-cache', 'symbols-index'].map |$name| { "${socorro::home}/${name}" }
  file { $folders:
    ensure => directory,
    owner  => $socorro::user,
    group  => $socorro::group,
    mode   => '0750',
  }
}
