# Compiles catalogs without a machine: catalogs.rb CONTROL SCRATCH <cases.json >catalogs.json
#
# Cases are {name: facts}; the name is a machine's, which Hiera knows by data/nodes. The answer has for
# each name {"files": {path: {content, mode, ...}}} or {"error": text}.
# `puppet apply` would look at this machine's facts each time, and take seconds for it.
require 'json'
require 'puppet'

control = File.expand_path(ARGV.fetch(0))
scratch = ARGV.fetch(1)
Puppet.initialize_settings(
  ['--confdir', scratch, '--vardir', scratch, '--hiera_config', "#{control}/hiera.yaml",
   '--strict_variables', '--strict', 'error', '--log_level', 'warning'],
)
modules = ["#{control}/site-modules", '/usr/share/puppet/modules']

def compile(name, facts, environment)
  values = Puppet::Node::Facts.new(name, facts)
  node = Puppet::Node.new(name, facts: values, environment: environment)
  node.merge(facts)
  node.trusted_data = { 'certname' => name, 'authenticated' => 'local' }
  node.add_server_facts({})
  catalog = Puppet.override(trusted_information: node.trusted_data) do
    Puppet::Parser::Compiler.compile(node)
  end
  cycles = catalog.to_ral.relationship_graph.find_cycles_in_graph # types look at parameters, too
  raise Puppet::Error, "a cycle of dependencies: #{cycles.first.join(' ')}" unless cycles.empty?

  files = catalog.resources.select { |one| one.type == 'File' }.to_h do |one|
    [one[:path] || one.title, one.to_hash.slice(:ensure, :content, :source, :mode, :owner, :group, :target)]
  end
  { files: files }
rescue Puppet::Error => error
  { error: error.message }
end

environment = Puppet::Node::Environment.create(:production, modules, "#{control}/manifests")
context = {
  current_environment: environment,
  environments: Puppet::Environments::Static.new(environment),
  loaders: Puppet::Pops::Loaders.new(environment),
}
answers = Puppet.override(context) do
  JSON.parse($stdin.read).to_h { |name, facts| [name, compile(name, facts, environment)] }
end
puts JSON.generate(answers)
