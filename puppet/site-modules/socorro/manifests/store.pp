# @summary The crash store: made once on a machine, and never again; `folders` are those to write to.
class socorro::store {
  include socorro
  include socorro::base

  $folders = [$socorro::store_folder].filter |$folder| { $folder }
  $folders.each |$folder| {
    file { $folder:
      ensure => directory,
      owner  => $socorro::user,
      group  => $socorro::group,
      mode   => '0750',
      before => Socorro::Created['store'],
    }
  }
  # Tables of HBase, too: `socorro store create` leaves those alone that exist.
  socorro::created { 'store': }
}
