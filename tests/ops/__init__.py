"""The checks of what operators use: packages, deploys, Puppet, backups, monitoring.

    make check-ops                        all checks that one machine can do
    make check-ops OPS="--list"           their names, and what each says
    make check-ops OPS="--quick"          those that together take less than a minute
    make check-ops OPS="--only 'deploy-*' --only restore"

A check is one function (registry.py): it tries something for real, raises when that does not hold,
and says figures, which are printed beside its verdict. Any module of this package may declare some.
"""
